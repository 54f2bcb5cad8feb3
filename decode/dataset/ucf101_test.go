package dataset_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"vidcsl/decode/clip"
)

// smallUCF is UCF101 in small: three classes, whose order is not that of their names, and lists with what lists have: line ends of Windows, blank
// lines, no last line end, spaces at the end.
func smallUCF() map[string]string {
	files := map[string]string{
		"d.yaml":                                "layout: ucf101\n",
		"ucfTrainTestlist/classInd.txt":         "1 Zumba\r\n2 Archery\r\n3 HandstandPushups\r\n\r\n",
		"ucfTrainTestlist/testlist01.txt":       "Archery/v_Archery_g01_c01.avi\r\nZumba/v_Zumba_g01_c02.avi 1\r\nHandstandPushups/v_HandStandPushups_g01_c01.avi",
		"UCF-101/Archery/v_Archery_g99_c01.avi": "in no list",
	}
	var train strings.Builder
	for i, class := range []string{"Zumba", "Archery", "HandstandPushups"} {
		for g := 2; g < 12; g++ {
			for c := 1; c < 5; c++ {
				fmt.Fprintf(&train, "%s/v_%s_g%02d_c%02d.avi %d \r\n\r\n", class, strings.Replace(class, "stand", "Stand", 1), g, c, i+1)
			}
		}
	}
	files["ucfTrainTestlist/trainlist01.txt"] = train.String()
	for name := range strings.FieldsSeq(files["ucfTrainTestlist/testlist01.txt"] + " " + train.String()) {
		if strings.HasSuffix(name, ".avi") {
			files["UCF-101/"+name] = ""
		}
	}
	return files
}

func TestUCF101(t *testing.T) {
	root := tree(t, smallUCF())
	test := list(t, root, "test")
	wantItems(t, "test", test, "Archery/v_Archery_g01_c01.avi=Archery", "HandstandPushups/v_HandStandPushups_g01_c01.avi=HandstandPushups", "Zumba/v_Zumba_g01_c02.avi=Zumba")
	if want := []string{"Zumba", "Archery", "HandstandPushups"}; !slices.Equal(test.Labels, want) {
		t.Errorf("classes are %q, want %q, the official order", test.Labels, want)
	}
	train, val, all := list(t, root, "train"), list(t, root, "val"), list(t, root, "trainval")
	if len(all.Items) != 120 || len(train.Items)+len(val.Items) != 120 || !slices.Equal(train.Labels, test.Labels) || !slices.Equal(val.Labels, test.Labels) {
		t.Errorf("%d = %d + %d videos of %q, %q", len(all.Items), len(train.Items), len(val.Items), train.Labels, val.Labels)
	}
}

// group is the class and group of a source.
func group(it clip.Item) string { return it.Source[:strings.LastIndex(it.Source, "_c")] }

// No group has videos on both sides, every class has its share, and another seed draws others.
func TestHoldoutByGroups(t *testing.T) {
	draws := map[string]bool{}
	for seed := range 3 {
		for _, share := range []float64{0.1, 0.3, 0.5} {
			root := tree(t, with(smallUCF(), "d.yaml", fmt.Sprintf("layout: ucf101\nholdout: %v\nseed: %d\n", share, seed)))
			train, val := list(t, root, "train"), list(t, root, "val")
			groups, counts := map[string]bool{}, make([]int, 3)
			for _, it := range val.Items {
				groups[group(it)] = true
				counts[it.Label]++
			}
			for _, it := range train.Items {
				if groups[group(it)] {
					t.Errorf("%s is in train, others of its group in val", it.Source)
				}
			}
			for label, n := range counts {
				if want := share * 40; n == 0 || math.Abs(float64(n)-want) > 3 {
					t.Errorf("%d of 40 videos of class %d are held out, want about %v", n, label, want)
				}
			}
			if again := list(t, root, "val"); !slices.Equal(again.Items, val.Items) {
				t.Error("the second draw is another")
			}
			draws[fmt.Sprint(share, val.Items[0].Source, val.Items[len(val.Items)-1].Source)] = true
		}
	}
	if len(draws) < 6 {
		t.Errorf("%d different draws of 9", len(draws))
	}
	// the draw is of the list: a video that is missing changes nothing for the others
	root := tree(t, smallUCF())
	before := list(t, root, "val")
	after := list(t, tree(t, without(smallUCF(), "UCF-101/"+before.Items[0].Source)), "val")
	if len(after.Items) != len(before.Items)-1 || after.Items[0].Source != before.Items[1].Source || len(after.Missing) != 1 {
		t.Errorf("%d videos from %s on, before %d", len(after.Items), after.Items[0].Source, len(before.Items))
	}
}

func TestUCF101Refuses(t *testing.T) {
	const trainlist, classInd = "ucfTrainTestlist/trainlist01.txt", "ucfTrainTestlist/classInd.txt"
	f := smallUCF()
	for _, c := range []struct {
		files map[string]string
		part  string
		words []string
	}{
		{f, "", []string{"ROOT/d.yaml: no part is named", "ROOT/d.yaml:PART", "train, val, test, trainval"}},
		{f, "tset", []string{`part is "tset", want`}},
		{with(f, "d.yaml", "layout: ucf"), "train", []string{"ROOT/d.yaml:1: layout is \"ucf\", want"}},
		{with(f, "d.yaml", ""), "train", []string{"ROOT/d.yaml names no layout"}},
		{with(f, "d.yaml", "layout: ucf101\nsplit: 4"), "train", []string{"ROOT/d.yaml:2: split is 4, want"}},
		{with(f, "d.yaml", "layout: ucf101\nsplit: 2"), "train", []string{"there is no file ROOT/ucfTrainTestlist/trainlist02.txt"}},
		{with(f, "d.yaml", "layout: ucf101\nvideos: none"), "train", []string{"there is no folder of videos ROOT/none", "videos:"}},
		{with(f, "d.yaml", "layout: ucf101\nsplits: none"), "train", []string{"there is no file ROOT/none/classInd.txt", "splits:"}},
		{with(f, "d.yaml", "layout: ucf101\nlists: {train: a}"), "train", []string{"lists is given, want nothing for layout ucf101"}},
		{with(f, "d.yaml", "layout: ucf101\nholdout: 0"), "val", []string{"holdout is 0, so there is no part val"}},
		{with(f, trainlist, "Archery/v_Archery_g02_c01.avi 2\n"), "val", []string{"no groups of videos that could be held out"}},
		{with(f, trainlist, "\n\nPolo/a.avi 1\n"), "train", []string{"ROOT/" + trainlist + ":3: ", `"Polo"`, "ROOT/" + classInd}},
		{with(f, trainlist, "a.avi 1\n"), "train", []string{trainlist + ":1: ", "before a slash"}},
		{with(f, trainlist, "Archery/a.avi 3\n"), "train", []string{trainlist + ":1: class number 3 of Archery/a.avi, want 2"}},
		{with(f, trainlist, " \n"), "trainval", []string{"ROOT/" + trainlist + " lists no videos"}},
		{with(f, classInd, "1 Zumba\n3 Archery\n"), "test", []string{classInd + `:2: "3 Archery", want class 2`}},
		{with(f, classInd, "1 Zumba\n2 Zumba\n"), "test", []string{classInd + `:2: class "Zumba" is there twice`}},
		{with(f, classInd, ""), "test", []string{classInd + " names no classes"}},
		{without(f, "UCF-101/Archery/v_Archery_g01_c01.avi"), "test", []string{"1 of the 3 videos", "ROOT/ucfTrainTestlist/testlist01.txt", "ROOT/UCF-101", "Archery/v_Archery_g01_c01.avi", "0.1", "max_missing"}},
	} {
		wantError(t, c.files, c.part, c.words...)
	}
}

// A listed video that is not there is told, a repeated line is one video, and folders may lie elsewhere.
func TestUCF101Odd(t *testing.T) {
	f := smallUCF()
	f["d.yaml"] = "layout: ucf101\nmax_missing: 0.4\nroot: data\nvideos: clips of mine\nsplits: ../official\n"
	moved := map[string]string{}
	for name, text := range f {
		name = strings.NewReplacer("UCF-101", "data/clips of mine", "ucfTrainTestlist", "official").Replace(name)
		moved[name] = text
	}
	moved["official/testlist01.txt"] = "\ufeffArchery/v a;b #1_g01_c01.avi\nArchery/v a;b #1_g01_c01.avi\n\nZumba/gone_g01_c01.avi\nZumba/v_Zumba_g01_c02.avi\n"
	moved["data/clips of mine/Archery/v a;b #1_g01_c01.avi"] = ""
	l := list(t, tree(t, moved), "test")
	wantItems(t, "test", l, "Archery/v a;b #1_g01_c01.avi=Archery", "Zumba/v_Zumba_g01_c02.avi=Zumba")
	if !slices.Equal(l.Missing, []string{"Zumba/gone_g01_c01.avi"}) {
		t.Errorf("missing are %q", l.Missing)
	}
}
