package runs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"vidcsl/model/train"
)

// At names the encoder of a run as it was after a step that checkpoint.snapshots kept: RUN@STEP. With step 0 it is RUN, the encoder of the end.
func At(run string, step int) string {
	if step == 0 {
		return run
	}
	return run + "@" + strconv.Itoa(step)
}

// Split returns the folder and the step of what [At] named. A folder that is a run and whose name looks like that is a run.
func Split(name string) (run string, step int) {
	if _, err := os.Stat(filepath.Join(name, File)); err == nil {
		return name, 0
	}
	at := strings.LastIndexByte(name, '@')
	if at < 0 {
		return name, 0
	}
	step, err := strconv.Atoi(name[at+1:])
	if err != nil || step < 1 || At(name[:at], step) != name {
		return name, 0
	}
	return name[:at], step
}

// weightsOf returns the file of a run's encoder, that after a step or, with step 0, that which is there when the training is done.
func weightsOf(run string, step int) (string, error) {
	weights := filepath.Join(run, "encoder.safetensors")
	if step > 0 {
		weights = train.EncoderAt(run, step)
	}
	switch _, err := os.Stat(weights); {
	case err == nil:
		return weights, nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", err
	case step == 0:
		return "", fmt.Errorf("%s: the training is not done: go on with it by vidcsl train --resume", run)
	}
	steps, err := Snapshots(run)
	if err != nil {
		return "", err
	}
	if len(steps) == 0 {
		return "", fmt.Errorf("%s: there are no snapshots: checkpoint.snapshots of its configuration says after which steps they are kept", At(run, step))
	}
	return "", fmt.Errorf("%s: there is no snapshot of step %d, want %s", At(run, step), step, strings.Trim(strings.Join(strings.Fields(fmt.Sprint(steps)), ", "), "[]"))
}

// Snapshots returns the steps of which a run has kept the encoder, rising.
func Snapshots(run string) (steps []int, err error) {
	list, err := os.ReadDir(filepath.Dir(train.EncoderAt(run, 0)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range list {
		var step int
		if _, err := fmt.Sscanf(e.Name(), "step-%d.safetensors", &step); err == nil && filepath.Base(train.EncoderAt(run, step)) == e.Name() {
			steps = append(steps, step)
		}
	}
	slices.Sort(steps)
	return steps, nil
}
