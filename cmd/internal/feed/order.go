package feed

import (
	"fmt"
	"strconv"
	"strings"

	"vidcsl/decode/clip"
	"vidcsl/model"
	"vidcsl/pipeline"
)

// order says which clips come after each other. An epoch has each of the clips of each row once.
type order struct {
	rows, clips int
	seed        uint64
	shuffled    bool
}

// len returns the items of an epoch.
func (o order) len() int { return o.rows * o.clips }

// epoch returns which row and which clip item i of an epoch is. Clips are numbered from epoch to epoch, so that each is drawn
// anew.
func (o order) epoch(e int) func(i int) (row, clip int) {
	var perm []int
	if o.shuffled {
		perm = pipeline.Rand(o.seed, "epoch", strconv.Itoa(e)).Perm(o.len())
	}
	return func(i int) (row, clip int) {
		if perm != nil {
			i = perm[i]
		}
		return i / o.clips, e*o.clips + i%o.clips
	}
}

// split returns the row and the epoch of a clip by its key, which ends in the clip's number.
func (o order) split(key string) (row string, epoch int) {
	at := strings.LastIndexByte(key, '#')
	n, err := strconv.Atoi(key[at+1:])
	if at < 0 || err != nil { // not a key that clip.Item makes
		return key, 0
	}
	return key[:at], n / o.clips
}

// ticket is one clip to make.
type ticket struct {
	clip.Item
	row int
}

// span is a part of an epoch's items: those of the batches that are whole where none fails. What is after it, less than a batch,
// stands in for what fails.
type span struct{ from, to int }

// span returns the part of an epoch from an item on.
func (o order) span(from, batch int) span { return span{from, from + (o.len()-from)/batch*batch} }

// next returns where the batches go on after an item: there, or in the next epoch where too few items are left.
func (o order) next(e, item, batch int) model.Cursor {
	if o.len()-item < batch {
		return model.Cursor{Epoch: e + 1}
	}
	return model.Cursor{Epoch: e, Item: item}
}

func (o order) check(from model.Cursor) error {
	if from.Epoch < 0 || from.Item < 0 || from.Item > o.len() {
		return fmt.Errorf("feed: batches from item %d of epoch %d on, but an epoch has %d items: is the data another?", from.Item, from.Epoch, o.len())
	}
	return nil
}
