package dataset_test

import (
	"slices"
	"testing"
)

// smallKinetics is what the CVDF's archives hold, in small.
func smallKinetics() map[string]string {
	return map[string]string{
		"d.yaml":                              "layout: kinetics\nmax_missing: 0.5\n",
		"annotations/train.csv":               "label,youtube_id,time_start,time_end,split,is_cc\r\n\"applying cream\",-abc_DEF-01,5,15,train,0\r\nzumba,__bcdefghij,120,130,train,1\r\n\r\nzumba,dead0000000,0,10,train,0\r\n",
		"annotations/val.csv":                 "label,youtube_id,time_start,time_end,split,is_cc\nzumba,valabcdefgh,1,11,validate,0\n\"climbing, a rope\",val00000000,7,17,val,0\n",
		"annotations/test.csv":                "youtube_id,time_start,time_end,split\ntestabcdefg,3,13,test\n",
		"train/-abc_DEF-01_000005_000015.mp4": "", "train/__bcdefghij_000120_000130.mp4": "", "train/notlisted00_000000_000010.mp4": "",
		"train/train_path.txt":              "",
		"val/valabcdefgh_000001_000011.mp4": "", "val/val00000000_000007_000017.mkv": "",
		"test/testabcdefg_000003_000013.mp4": "",
	}
}

func TestKinetics(t *testing.T) {
	root := tree(t, smallKinetics())
	train := list(t, root, "train")
	wantItems(t, "train", train, "train/-abc_DEF-01_000005_000015.mp4=applying cream", "train/__bcdefghij_000120_000130.mp4=zumba")
	if !slices.Equal(train.Missing, []string{"dead0000000_000000_000010"}) || !slices.Equal(train.Labels, []string{"applying cream", "climbing, a rope", "zumba"}) {
		t.Errorf("missing are %q, classes %q", train.Missing, train.Labels)
	}
	val, test := list(t, root, "val"), list(t, root, "test")
	wantItems(t, "val", val, "val/val00000000_000007_000017.mkv=climbing, a rope", "val/valabcdefgh_000001_000011.mp4=zumba")
	wantItems(t, "test", test, "test/testabcdefg_000003_000013.mp4=none")
	if !slices.Equal(val.Labels, train.Labels) || !slices.Equal(test.Labels, train.Labels) {
		t.Errorf("classes are %q and %q", val.Labels, test.Labels)
	}
}

// Videos in folders of classes, annotations beside the folders, replacements of damaged files.
func TestKineticsFolders(t *testing.T) {
	f := without(smallKinetics(), "annotations/train.csv", "annotations/val.csv", "annotations/test.csv")
	for name := range f {
		if name != "d.yaml" {
			delete(f, name)
		}
	}
	f["train/zumba/a_000000_000010.mp4"], f["train/applying cream/b_000000_000010.mp4"] = "", ""
	f["val/zumba/c.webm"], f["val/d.mp4"], f["val/abseiling/readme.txt"] = "", "", ""
	root := tree(t, f)
	train, val := list(t, root, "train"), list(t, root, "val")
	wantItems(t, "train", train, "train/applying cream/b_000000_000010.mp4=applying cream", "train/zumba/a_000000_000010.mp4=zumba")
	wantItems(t, "val", val, "val/d.mp4=none", "val/zumba/c.webm=zumba")
	if want := []string{"abseiling", "applying cream", "zumba"}; !slices.Equal(train.Labels, want) || !slices.Equal(val.Labels, want) {
		t.Errorf("classes are %q and %q, want %q", train.Labels, val.Labels, want)
	}
	f["train.csv"] = "label,youtube_id,time_start,time_end,split\nlisted,a,0,10,train\nlisted,b,0,10,train\n"
	f["replacement/replacement_for_corrupted_k400/b_000000_000010.mp4"], f["replacement/replacement_for_corrupted_k400/other_000000_000010.mp4"] = "", ""
	wantItems(t, "annotated", list(t, tree(t, f), "train"), "replacement/replacement_for_corrupted_k400/b_000000_000010.mp4=listed", "train/zumba/a_000000_000010.mp4=listed")
}

func TestKineticsRefuses(t *testing.T) {
	f := smallKinetics()
	const csv = "annotations/train.csv"
	wantError(t, f, "trainval", `part is "trainval", want`, "train, val, test")
	wantError(t, with(f, "d.yaml", "layout: kinetics\n"), "train", "1 of the 3 videos", "ROOT/"+csv, "dead0000000_000000_000010", "max_missing")
	wantError(t, with(f, "d.yaml", "layout: kinetics\nsplits: here"), "train", "there is no file ROOT/here/train.csv")
	wantError(t, with(f, "d.yaml", "layout: kinetics\nroot: here"), "train", "there is no folder of videos ROOT/here/train")
	wantError(t, with(f, csv, "label,id\n"), "train", "ROOT/"+csv, `the first line is "label,id", want column names`)
	wantError(t, with(f, csv, ""), "train", "ROOT/"+csv, "header")
	wantError(t, with(f, csv, "label,youtube_id,time_start,time_end\nzumba,a,0,10\nzumba,a,x,10\n"), "train", "ROOT/"+csv+":3: ", `from "x" to "10"`)
	wantError(t, with(f, csv, "label,youtube_id,time_start,time_end\nzumba,a,0\n"), "train", "ROOT/"+csv, "line 2")
	wantError(t, with(f, csv, "label,youtube_id,time_start,time_end\nzumba,-abc_DEF-01,5,15\npolo,-abc_DEF-01,5,15\n"), "train",
		"ROOT/"+csv+`:3 lists -abc_DEF-01_000005_000015 with class "polo"`, csv+`:2 with class "zumba"`)
}
