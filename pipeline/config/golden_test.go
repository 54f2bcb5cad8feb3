package config_test

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"vidcsl/pipeline/config"
)

var update = flag.Bool("update", false, "write testdata/*.out and *.err")

// Each name.yaml has either name.out, its canonical form, or name.err, the message.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files (%v)", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			in, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			base := strings.TrimSuffix(file, ".yaml")
			good, bad := base+".out", base+".err"
			v, err := decode(filepath.Base(file), string(in))
			var got []byte
			name, other := good, bad
			if err != nil {
				got, name, other = []byte(err.Error()+"\n"), bad, good
			} else if got, err = config.Marshal(v); err != nil {
				t.Fatal(err)
			}
			if *update {
				os.Remove(other)
				if err := os.WriteFile(name, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatalf("got\n%s\nbut %v", got, err)
			}
			if string(got) != string(want) {
				t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
			}
			if name == good {
				roundTrip(t, v)
			}
		})
	}
}

// roundTrip checks that what Marshal writes reads back as v, and is a fixed point.
func roundTrip(t *testing.T, v everything) {
	t.Helper()
	text, err := config.Marshal(&v)
	if err != nil {
		t.Fatal(err)
	}
	back, err := decode("back.yaml", string(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if !reflect.DeepEqual(back, v) {
		t.Fatalf("got\n%#v\nwant\n%#v\nfrom\n%s", back, v, text)
	}
	again, err := config.Marshal(back)
	if err != nil || string(again) != string(text) {
		t.Fatalf("got\n%s\nwant\n%s (%v)", again, text, err)
	}
}
