package dataset_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"vidcsl/decode/dataset"
)

// A list of paths and numbers of classes, of which one video is not there.
func ExampleList() {
	root, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(root)
	for name, text := range map[string]string{
		"mine.yaml":   "layout: list\nlists: {train: train.txt, classes: classes.txt}\nmax_missing: 0.5\n",
		"train.txt":   "jump.mp4 1\nrun.mp4 0\ngone.mp4 0\n",
		"classes.txt": "running\njumping\n",
		"jump.mp4":    "", "run.mp4": "",
	} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			log.Fatal(err)
		}
	}
	l, err := dataset.List(filepath.Join(root, "mine.yaml:train"))
	if err != nil {
		log.Fatal(err)
	}
	for _, it := range l.Items {
		fmt.Println(it.Source, l.Labels[it.Label])
	}
	fmt.Println("missing:", l.Missing)
	// Output:
	// jump.mp4 jumping
	// run.mp4 running
	// missing: [gone.mp4]
}
