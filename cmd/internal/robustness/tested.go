package robustness

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"vidcsl/augment"
	"vidcsl/cmd/internal/runs"
	"vidcsl/decode"
	"vidcsl/model/eval"
	"vidcsl/robust"
	"vidcsl/robust/attack"
)

// tested is one run whose cells are made.
type tested struct {
	*runs.Subject
	job     *Job
	made    made
	dir     string // of the cells
	work    []*work
	skipped []Skipped

	encoder *eval.Encoder // nil until the first cell is made
	head    head
	gallery eval.Features // what the head learned from, of the run's own encoder; nothing for finetune
	target  *attack.Model // nil until the first attack
	reader  *attack.Model // of features, where neighbours count what an attack found
}

// work is one cell to make.
type work struct {
	of         *tested
	condition  robust.Condition
	path       string
	corruption augment.Pipeline // none for the clean cell
	attack     attack.Attack    // nil for corruptions
	settings   string           // of the attack, and which videos it is made on
	done       *robust.Cell     // nil until the cell is there
}

// open opens a run, and finds out which cells are to be made and which are there.
func (j *Job) open(ctx context.Context, run string) (*tested, error) {
	e := &runs.Evaluation{
		Data: j.Data, Train: j.Train, Probes: []string{j.Head}, FineTune: j.FineTune, Seed: j.Seed,
		Threads: j.Threads, Workers: j.Workers, Version: j.Version, Log: j.Log,
	}
	s, err := e.Open(ctx, run)
	if err != nil {
		return nil, err
	}
	t := &tested{Subject: s, job: j}
	if err := t.prepare(); err != nil {
		return nil, errors.Join(&runs.InputError{Err: err}, s.Close())
	}
	return t, nil
}

func (t *tested) prepare() (err error) {
	if t.made, err = t.describe(); err != nil {
		return err
	}
	text, err := json.Marshal(t.made)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	t.dir = filepath.Join(t.Folder, "robust", hex.EncodeToString(sum[:6]))
	if err := t.plan(); err != nil {
		return err
	}
	for _, w := range t.work {
		if err := t.look(w); err != nil {
			return err
		}
	}
	return nil
}

// describe says what the cells are made with.
func (t *tested) describe() (m made, err error) {
	m = made{Version: t.job.Version, FFmpeg: decode.FFmpegVersion(), Seed: t.job.Seed, Head: t.headName()}
	if m.Weights, err = digestFile(t.Weights); err != nil {
		return m, err
	}
	text, err := t.Config.YAML()
	if err != nil {
		return m, err
	}
	sum := sha256.Sum256(text)
	m.Config = hex.EncodeToString(sum[:16])
	if m.Train, err = t.Train.Digest(); err != nil {
		return m, err
	}
	m.Test, err = t.Test.Digest()
	return m, err
}

func digestFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

// fill makes a cell and writes it.
func (t *tested) fill(ctx context.Context, w *work) error {
	begin := time.Now()
	if err := t.load(ctx); err != nil {
		return err
	}
	var clips []robust.Clip
	var err error
	if w.attack != nil {
		clips, err = t.attacked(ctx, w.attack, chosen{})
	} else {
		clips, err = t.corrupted(ctx, w.corruption)
	}
	if err != nil {
		return fmt.Errorf("%s, %v: %w", t.Run, w.condition, err)
	}
	t.sort(clips)
	c := &robust.Cell{Condition: w.condition, Clips: clips}
	if err := c.Check(); err != nil {
		return fmt.Errorf("%s: %w", t.Run, err)
	}
	if err := t.write(w, c, time.Since(begin)); err != nil {
		return err
	}
	w.done = c
	return nil
}

// sort puts clips in the order of the data.
func (t *tested) sort(clips []robust.Clip) {
	at := map[string]int{}
	for i, k := range t.Test.Info().Keys {
		at[k] = i
	}
	slices.SortStableFunc(clips, func(a, b robust.Clip) int { return at[a.Key] - at[b.Key] })
}

// load compiles the encoder and fits the head, once.
func (t *tested) load(ctx context.Context) (err error) {
	if t.encoder != nil {
		return nil
	}
	if t.encoder, err = t.newEncoder(ctx); err != nil {
		return err
	}
	t.head, err = t.newHead(ctx)
	return err
}

// release ends what is compiled.
func (t *tested) release() error {
	var errs []error
	if t.encoder != nil {
		errs = append(errs, t.encoder.Close())
	}
	for _, m := range []*attack.Model{t.target, t.reader} {
		if m != nil {
			errs = append(errs, m.Close())
		}
	}
	t.encoder, t.head, t.gallery, t.target, t.reader = nil, nil, eval.Features{}, nil, nil
	return errors.Join(errs...)
}
