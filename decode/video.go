package decode

import (
	"context"
	"errors"
	"sync"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/decode/clip"
	"vidcsl/decode/internal/av"
)

// Video is an open source: a [Demuxer], a [Decoder] opened when first needed, and a [Converter] per call. Execute and
// ExecuteAll are safe for concurrent use, since stages share their inputs, but wait for each other: to decode one file in
// parallel, open it more than once. Close must come after all of them.
type Video struct {
	mu  sync.Mutex
	d   *Demuxer
	dec *Decoder

	closed bool
}

// Open opens a video or image file and reads its packets, so that the timestamp of every frame is known before any is
// decoded. Errors are *Error. The caller closes the video.
func Open(ctx context.Context, path string) (*Video, error) {
	d, err := OpenDemuxer(ctx, path)
	if err != nil {
		return nil, err
	}
	return &Video{d: d}, nil
}

// Meta returns what is known of the video stream. The caller must not change it.
func (v *Video) Meta() *clip.Meta { return v.d.Meta() }

// Close frees the video. Further calls do nothing.
func (v *Video) Close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.closed = true
	if v.dec != nil {
		v.dec.Close()
		v.dec = nil
	}
	v.d.Close()
}

// Release closes the video, so that a pipeline can own it.
func (v *Video) Release() { v.Close() }

// Execute decodes the views of a plan: one clip per view, in order, in memory of mem. The caller owns the clips. If one
// view cannot be delivered, none is, and the error is an *Error that says why. It returns within a second of ctx ending.
func (v *Video) Execute(ctx context.Context, plan *clip.Plan, mem memory.Allocator) ([]*clip.Clip, error) {
	r := v.ExecuteAll(ctx, []*clip.Plan{plan}, mem)[0]
	return r.Clips, r.Err
}

// Result is what became of one plan: its clips, or why there are none.
type Result struct {
	Clips []*clip.Clip // one per view; the receiver owns them
	Err   error        // an *Error
}

// ExecuteAll decodes several plans of one source in one pass over the union of their frames. Results are in the order of
// plans; one that fails leaves the others alone. A view with damage is decoded by itself, from a stream of its own.
func (v *Video) ExecuteAll(ctx context.Context, plans []*clip.Plan, mem memory.Allocator) []Result {
	v.mu.Lock()
	defer v.mu.Unlock()
	results := make([]Result, len(plans))
	if v.closed {
		for i := range results {
			results[i].Err = &Error{Path: v.d.path, Reason: BadPlan, Err: errors.New("the video is closed")}
		}
		return results
	}
	var views []clip.View
	var owner []int // plan of each view
	for i, p := range plans {
		resolved, err := v.resolve(p)
		if err != nil {
			results[i].Err = err
			continue
		}
		for _, w := range resolved {
			views, owner = append(views, w), append(owner, i)
		}
	}
	if len(views) == 0 {
		return results
	}
	clips := make([]*clip.Clip, len(views))
	for i, w := range views {
		clips[i] = clip.New(mem, w)
	}
	outcomes, err := v.decodeAll(ctx, views, clips)
	for i, c := range clips {
		r := &results[owner[i]]
		switch {
		case err != nil:
			r.Err = err
		case outcomes[i].err != nil && r.Err == nil:
			r.Err = &Error{Path: v.d.path, Reason: Internal, BytesRead: v.d.BytesRead(), Err: outcomes[i].err}
		case outcomes[i].status != av.OK && r.Err == nil:
			o := outcomes[i]
			r.Err = &Error{Path: v.d.path, Reason: reasonOf[o.status], PTS: o.pts, HasPTS: true, BytesRead: v.d.BytesRead(), Err: errors.New(textOf[o.status])}
		case outcomes[i].status == av.OK && outcomes[i].err == nil:
			c.PTS = outcomes[i].got
		}
		r.Clips = append(r.Clips, c)
	}
	for i := range results {
		if r := &results[i]; r.Err != nil {
			for _, c := range r.Clips {
				c.Release()
			}
			r.Clips = nil
		}
	}
	return results
}

func (v *Video) resolve(p *clip.Plan) ([]clip.View, error) {
	if p == nil || len(p.Views) == 0 {
		return nil, &Error{Path: v.d.path, Reason: BadPlan, Err: errors.New("the plan has no views")}
	}
	views := make([]clip.View, len(p.Views))
	for i, w := range p.Views {
		r, err := w.Resolve(v.Meta())
		if err == nil && r.Damage != nil {
			err = v.d.damageable()
		}
		if err != nil {
			return nil, &Error{Path: v.d.path, Reason: BadPlan, BytesRead: v.d.BytesRead(), Err: err}
		}
		views[i] = r
	}
	return views, nil
}

// ready opens the decoder if it is not open.
func (v *Video) ready() error {
	if v.dec != nil {
		return nil
	}
	dec, err := NewDecoder(v.d)
	if err == nil {
		v.dec = dec
	}
	return err
}

func (v *Video) decode(ctx context.Context, views []clip.View, clips []*clip.Clip) ([]outcome, error) {
	if err := v.ready(); err != nil {
		return nil, err
	}
	conv := NewConverter(v.d, views)
	defer conv.Close()
	out := make([][]byte, len(clips))
	for i, c := range clips {
		out[i] = c.Bytes()
	}
	return v.dec.run(ctx, views, conv, out)
}
