package dataset_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// smallHMDB is HMDB51 in small: two classes, of sources some of which have clips of both.
func smallHMDB() map[string]string {
	files := map[string]string{"d.yaml": "layout: hmdb51\nholdout: 0.25\n"}
	for _, class := range []string{"sword_exercise", "brush_hair"} {
		var lines strings.Builder
		for source := range 10 {
			for n := range 2 {
				name := fmt.Sprintf("#%d How_to_(%s);x_%s_u_nm_np1_ba_goo_%d.avi", source, "fence", class, n)
				if source%2 == 0 {
					name = fmt.Sprintf("%s_%d_%s_f_cm_np2_le_med_%d.avi", class, source, class, n)
				}
				fmt.Fprintf(&lines, "%s %d \r\n", name, min(source, 1)*(1+source/8))
				files["hmdb51_org/"+class+"/"+name] = ""
			}
		}
		files["testTrainMulti_7030_splits/"+class+"_test_split1.txt"] = lines.String()
		files["testTrainMulti_7030_splits/"+class+"_test_split2.txt"] = "no.avi 1\n"
	}
	return files
}

func TestHMDB51(t *testing.T) {
	root := tree(t, smallHMDB())
	test := list(t, root, "test")
	wantItems(t, "test", test,
		"brush_hair/#9 How_to_(fence);x_brush_hair_u_nm_np1_ba_goo_0.avi=brush_hair", "brush_hair/#9 How_to_(fence);x_brush_hair_u_nm_np1_ba_goo_1.avi=brush_hair",
		"brush_hair/brush_hair_8_brush_hair_f_cm_np2_le_med_0.avi=brush_hair", "brush_hair/brush_hair_8_brush_hair_f_cm_np2_le_med_1.avi=brush_hair",
		"sword_exercise/#9 How_to_(fence);x_sword_exercise_u_nm_np1_ba_goo_0.avi=sword_exercise", "sword_exercise/#9 How_to_(fence);x_sword_exercise_u_nm_np1_ba_goo_1.avi=sword_exercise",
		"sword_exercise/sword_exercise_8_sword_exercise_f_cm_np2_le_med_0.avi=sword_exercise", "sword_exercise/sword_exercise_8_sword_exercise_f_cm_np2_le_med_1.avi=sword_exercise")
	train, val, all := list(t, root, "train"), list(t, root, "val"), list(t, root, "trainval")
	if len(all.Items) != 28 || len(train.Items)+len(val.Items) != 28 || !slices.Equal(train.Labels, []string{"brush_hair", "sword_exercise"}) {
		t.Errorf("%d = %d + %d videos of %q", len(all.Items), len(train.Items), len(val.Items), train.Labels)
	}
	source := func(name string) string {
		_, file, _ := strings.Cut(name, "/")
		if strings.HasPrefix(file, "#") {
			return file[:2] // of both classes
		}
		return file[:strings.Index(file, "_f_cm")]
	}
	held := map[string]bool{}
	for _, it := range val.Items {
		held[source(it.Source)] = true
	}
	if len(held) < 2 {
		t.Errorf("only %v are held out", held)
	}
	for _, it := range train.Items {
		if held[source(it.Source)] {
			t.Errorf("%s is in train, others of its source in val", it.Source)
		}
	}
}

func TestHMDB51Refuses(t *testing.T) {
	f := smallHMDB()
	const split = "testTrainMulti_7030_splits/brush_hair_test_split1.txt"
	wantError(t, with(f, "d.yaml", "layout: hmdb51\nsplit: 3"), "test", "ROOT/testTrainMulti_7030_splits has no file CLASS_test_split3.txt")
	wantError(t, with(f, "d.yaml", "layout: hmdb51\nsplit: 2"), "train", "2 of the 2 videos", "ROOT/testTrainMulti_7030_splits/*_test_split2.txt", "brush_hair/no.avi")
	wantError(t, with(f, "d.yaml", "layout: hmdb51\nsplits: here"), "test", "there is no file ROOT/here")
	wantError(t, with(f, split, "a.avi 1\nb.avi 3\n"), "test", "ROOT/"+split+`:2: "b.avi 3", want`)
	wantError(t, with(f, split, "a.avi\n"), "test", "ROOT/"+split+`:1: "a.avi", want`)
}
