package robustness

import (
	"context"
	"image"
	"iter"
	"slices"

	"golang.org/x/image/draw"

	"vidcsl/model"
	"vidcsl/model/op"
)

const (
	shownFrames = 16  // most frames of a clip
	shownSide   = 112 // most pixels of a side
)

// search yields those rows of batches that are wanted, and ends with the last of them.
func (t *tested) search(batches iter.Seq2[*model.Batch, error], wanted map[place]bool, use func(p place, b *model.Batch) error) error {
	count, left, info := turns{}, len(wanted), t.Test.Info()
	for b, err := range batches {
		if err != nil {
			return err
		}
		for i, at := range b.Index {
			p := count.next(info.Keys[at])
			if !wanted[p] {
				continue
			}
			row := &model.Batch{Views: []op.Tensor{rowOf(b.Views[0], i)}, Labels: b.Labels[i : i+1], Index: b.Index[i : i+1]}
			if err := use(p, row); err != nil {
				return err
			}
			if left--; left == 0 {
				return nil
			}
		}
	}
	return nil
}

// rowOf copies clip i of u8[N,T,H,W,3], as u8[1,T,H,W,3].
func rowOf(clips op.Tensor, i int) op.Tensor {
	n := clips.Len() / clips.Shape[0]
	shape := append([]int{1}, clips.Shape[1:]...)
	return op.From(slices.Clone(op.Data[uint8](clips)[i*n:][:n]), shape...)
}

// cleanFrames returns clips as they are.
func (t *tested) cleanFrames(ctx context.Context, wanted map[place]bool) (map[place][]image.Image, error) {
	out := map[place][]image.Image{}
	err := t.search(t.Test.Clips(ctx, 1), wanted, func(p place, b *model.Batch) error {
		out[p] = frames(b.Views[0])
		return nil
	})
	return out, err
}

// remake makes clips of a cell anew: the same draws, the same attack.
func (t *tested) remake(ctx context.Context, w *work, wanted map[place]bool) (map[place]remade, error) {
	if w.attack != nil {
		return t.attackAgain(ctx, w, wanted)
	}
	out := map[place]remade{}
	err := t.search(t.Test.Views(ctx, w.corruption, nil), wanted, func(p place, b *model.Batch) error {
		f, err := t.encoder.Features(ctx, t.Test.Info(), one(b))
		if err != nil {
			return err
		}
		clips, err := t.classified(ctx, f)
		if err == nil {
			out[p] = remade{frames(b.Views[0]), clips[0].Predicted}
		}
		return err
	})
	return out, err
}

// attackAgain attacks some clips of a cell as it did: what an attack finds does not depend on what else is attacked.
func (t *tested) attackAgain(ctx context.Context, w *work, wanted map[place]bool) (map[place]remade, error) {
	var order []place
	var found [][]float32
	clips, err := t.attacked(ctx, w.attack, chosen{
		only: wanted, taken: func(p place) { order = append(order, p) }, kept: func(x []float32) { found = append(found, x) },
	})
	if err != nil {
		return nil, err
	}
	out := map[place]remade{}
	for i, c := range clips {
		if x := found[i]; x != nil {
			out[order[i]] = remade{frames(pixels(x, t.Test.Info().Shape)), c.Predicted}
		}
	}
	return out, nil
}

// pixels returns a clip [3,T,H,W] of values from 0 to 1 as u8[1,T,H,W,3], rounded: the inverse of planes.
func pixels(x []float32, shape [4]int) op.Tensor {
	out := op.NewTensor(op.Of(op.U8, 1, shape[0], shape[1], shape[2], shape[3]))
	pix, channels := op.Data[uint8](out), shape[3]
	one := len(pix) / channels
	for at := range pix {
		pix[at] = uint8(x[at%channels*one+at/channels]*255 + 0.5)
	}
	return out
}

// frames returns some of the frames of u8[1,T,H,W,3], spread evenly, and smaller where they are large.
func frames(clip op.Tensor) []image.Image {
	n, h, w := clip.Shape[1], clip.Shape[2], clip.Shape[3]
	pix := op.Data[uint8](clip)
	count := min(n, shownFrames)
	list := make([]image.Image, count)
	for k := range list {
		img := image.NewNRGBA(image.Rect(0, 0, w, h))
		from := pix[k*n/count*h*w*3:][:h*w*3]
		for i := range h * w {
			copy(img.Pix[4*i:], from[3*i:][:3])
			img.Pix[4*i+3] = 255
		}
		list[k] = img
		if side := max(h, w); side > shownSide {
			small := image.NewNRGBA(image.Rect(0, 0, w*shownSide/side, h*shownSide/side))
			draw.CatmullRom.Scale(small, small.Bounds(), img, img.Bounds(), draw.Src, nil)
			list[k] = small
		}
	}
	return list
}
