package train_test

import (
	"context"
	"errors"
	"io/fs"
	"reflect"
	"strings"
	"testing"

	"vidcsl/model/train"
)

// The newest checkpoint holds the state as the trainer had it at its end; if it is damaged, the one before is read.
func TestLatest(t *testing.T) {
	dir := t.TempDir()
	if _, err := train.Latest(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("without checkpoints: %v", err)
	}
	c, d := tiny(), newBars(32, 16, 2)
	contrastive(&c, "moco")
	c.Schedule.Steps, c.Checkpoint.Every = 3, 2
	tr := start(t, d, c, train.Dir(dir))
	if err := tr.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	s, err := train.Latest(dir)
	if err != nil || s.Step != 3 || s.Samples != 32 {
		t.Fatalf("%+v, %v", s, err)
	}
	want, err := tr.Get("bank.keys")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get("bank.keys"); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("the bank differs, %v", err)
	}
	if _, err := s.Get("bank.locks"); err == nil || !strings.Contains(err.Error(), "step-000003.safetensors has no bank.locks") {
		t.Errorf("error %v", err)
	}
	damage(t, checkpoint(dir, 3), -5)
	if s, err := train.Latest(dir); err != nil || s.Step != 2 {
		t.Errorf("with the newest damaged: %+v, %v", s, err)
	}
	damage(t, checkpoint(dir, 2), -5)
	if _, err := train.Latest(dir); err == nil || !strings.Contains(err.Error(), "step-000002.safetensors: tensor ") || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("with all damaged: %v", err)
	}
}
