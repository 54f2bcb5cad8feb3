package synth

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/sourcegraph/conc/pool"

	"vidcsl/decode/internal/enc"
)

// set is what goes into one directory. Paths are relative to it, with forward slashes.
type set struct {
	folders []string // parents first
	files   []string // one per video
	tables  []table
	coding  enc.Video
	frames  int // of each video

	// scene prepares video i; the function it returns draws frame t into coding.W * coding.H * 3 bytes of RGB. scene may be
	// called from several goroutines at a time, what it returns only from one.
	scene func(i int) func(t int, rgb []byte)
}

// table is a labels file: a path and a label per row.
type table struct {
	file string
	rows [][]string
}

// render makes all of the set in dir, or nothing; see Render. workers of 0 means one per CPU.
func (s *set) render(ctx context.Context, dir string, workers int, progress func(done, total int)) (err error) {
	made := &undo{}
	defer func() {
		if err != nil {
			err = errors.Join(err, made.undo())
		}
	}()
	if err := makeEmptyDir(dir, made); err != nil {
		return err
	}
	for _, folder := range s.folders {
		if err := made.mkdir(filepath.Join(dir, filepath.FromSlash(folder))); err != nil {
			return fmt.Errorf("synth: %w", err)
		}
	}
	if err := s.renderAll(ctx, dir, workers, made, progress); err != nil {
		return err
	}
	for _, t := range s.tables {
		if err := t.write(dir, made); err != nil {
			return err
		}
	}
	return nil
}

func (s *set) renderAll(ctx context.Context, dir string, workers int, made *undo, progress func(done, total int)) error {
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var mu sync.Mutex
	done := 0
	p := pool.New().WithMaxGoroutines(workers).WithContext(ctx).WithCancelOnError().WithFirstError()
	for i, name := range s.files {
		p.Go(func(ctx context.Context) error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			file := filepath.Join(dir, filepath.FromSlash(name))
			if err := s.renderFile(ctx, file, i, made); err != nil {
				return fmt.Errorf("synth: %s: %w", file, err)
			}
			mu.Lock()
			defer mu.Unlock()
			done++
			if progress != nil {
				progress(done, len(s.files))
			}
			return nil
		})
	}
	return p.Wait()
}

// renderFile renders video i under a temporary name in the same folder and renames it when it is complete.
func (s *set) renderFile(ctx context.Context, file string, i int, made *undo) (err error) {
	temp := filepath.Join(filepath.Dir(file), "."+path.Base(s.files[i])+".tmp")
	made.add(temp)
	f, err := create(temp, s.coding)
	if err != nil {
		return err
	}
	defer f.Close()
	draw, size := s.scene(i), s.coding.W
	rgb, yuv := make([]byte, size*size*3), make([]byte, size*size*3/2)
	for t := range s.frames {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		draw(t, rgb)
		toYUV420(rgb, yuv, size)
		if err := f.WriteYUV(yuv); err != nil {
			return fmt.Errorf("frame %d: %w", t, err)
		}
	}
	if _, err := f.Finish(ctx); err != nil {
		return err
	}
	made.add(file)
	return os.Rename(temp, file)
}

func (t table) write(dir string, made *undo) error {
	file := filepath.Join(dir, filepath.FromSlash(t.file))
	temp := file + ".tmp"
	made.add(temp)
	f, err := os.Create(temp)
	if err != nil {
		return fmt.Errorf("synth: %w", err)
	}
	w := csv.NewWriter(f)
	_ = w.Write([]string{"path", "label"}) // a failed write is in w.Error below
	_ = w.WriteAll(t.rows)
	if err := errors.Join(w.Error(), f.Close()); err != nil {
		return fmt.Errorf("synth: %s: %w", temp, err)
	}
	made.add(file)
	if err := os.Rename(temp, file); err != nil {
		return fmt.Errorf("synth: %w", err)
	}
	return nil
}
