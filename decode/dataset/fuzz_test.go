package dataset_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vidcsl/decode/dataset"
)

// Whatever stands in a split file, it is listed or refused with the name of a file, and labels are those of classes.
func FuzzSplitFiles(f *testing.F) {
	for _, text := range []string{"", "A/a_g01_c01.avi 1\r\nB/b_g02_c01.avi 2\n", "a_A_f_cm_np1_le_med_0.avi 1 \nb.avi 2", "label,youtube_id,time_start,time_end\nA,x,1,2\n\"B,x", "\ufeffv.mp4 0\n \t\n/abs 3", "A/\x00\xff 1"} {
		f.Add(text)
	}
	layouts := map[string]string{
		"ucf101": "ucfTrainTestlist/trainlist01.txt", "hmdb51": "testTrainMulti_7030_splits/A_test_split1.txt", "kinetics": "annotations/train.csv", "list": "list.txt"}
	f.Fuzz(func(t *testing.T, text string) {
		for layout, file := range layouts {
			d := "layout: " + layout + "\nvideos: videos\n"
			if layout == "list" {
				d += "lists: {train: list.txt}\n"
			}
			root := tree(t, map[string]string{"d.yaml": d, file: text, "ucfTrainTestlist/classInd.txt": "1 A\n2 B\n", "videos/train/x_000001_000002.mp4": "", "videos/A/a_g01_c01.avi": "", "videos/v.mp4": ""})
			l, err := dataset.List(filepath.Join(root, "d.yaml:train"))
			if err != nil {
				if !strings.Contains(err.Error(), root) {
					t.Errorf("%s: %v names no file", layout, err)
				}
				continue
			}
			for _, it := range l.Items {
				if _, err := os.Stat(it.Path); err != nil || it.Label < -1 || int(it.Label) >= len(l.Labels) {
					t.Errorf("%s: %+v of %d classes (%v)", layout, it, len(l.Labels), err)
				}
			}
		}
	})
}
