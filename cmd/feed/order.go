package feed

import (
	"fmt"
	"strconv"
	"strings"

	"vidcsl/decode/clip"
	"vidcsl/model"
	"vidcsl/pipeline"
)

// order says which clips come after each other. In training an epoch has each sample once, in an order drawn from the seed and
// the epoch's number: of several rows of a sample, those of one video, each in its turn, epoch by epoch. In evaluation there is one
// epoch, of so many clips of each row after the other.
type order struct {
	data  origin
	seed  uint64
	clips int // of each row, in evaluation; 0 in training
}

// len returns the items of an epoch.
func (o order) len() int {
	if o.clips > 0 {
		return o.data.rows() * o.clips
	}
	return o.data.samples()
}

// epoch returns of which row item i of an epoch is, and the number of its clip, which for a row is another in each epoch: so each
// is drawn anew.
func (o order) epoch(e int) func(i int) (row, clip int) {
	if o.clips > 0 {
		return func(i int) (row, clip int) { return i / o.clips, i % o.clips }
	}
	perm := pipeline.Rand(o.seed, "epoch", strconv.Itoa(e)).Perm(o.len())
	return func(i int) (row, clip int) { return o.data.turn(perm[i], e), e }
}

// split returns the row and the epoch of a clip by its key, which ends in the clip's number.
func (o order) split(key string) (row string, epoch int) {
	at := strings.LastIndexByte(key, '#')
	n, err := strconv.Atoi(key[at+1:])
	switch {
	case at < 0 || err != nil: // not a key that clip.Item makes
		return key, 0
	case o.clips > 0:
		return key[:at], 0
	}
	return key[:at], n
}

// ticket is one clip to make.
type ticket struct {
	clip.Item
	row int
}

// span is a part of an epoch's items: those of the batches that are whole where none fails. What is after it, less than a batch,
// stands in for what fails.
type span struct{ from, to int }

// span returns the part of an epoch from an item on; in evaluation all of it.
func (o order) span(from, batch int) span {
	if o.clips > 0 {
		return span{from, o.len()}
	}
	return span{from, from + (o.len()-from)/batch*batch}
}

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
