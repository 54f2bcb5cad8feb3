package cmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A block of the guide is commands if it says sh, what they print if it says text, and else the file that it names. Commands
// marked "fails" must end with an error; "..." in a text stands for anything.
var guideBlock = regexp.MustCompile("(?ms)^```(\\w+)(?: ([^\n]+))?\n(.*?)^```$")

// TestGuide follows docs/guide-custom-stage.md to the letter, in an empty folder beside the checkout.
func TestGuide(t *testing.T) {
	root := checkout(t)
	text, err := os.ReadFile(filepath.Join(root, "docs", "guide-custom-stage.md"))
	if err != nil {
		t.Fatal(err)
	}
	top := t.TempDir()
	if err := os.Symlink(root, filepath.Join(top, "vidcsl")); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	dir, printed := top, ""
	for _, block := range guideBlock.FindAllStringSubmatch(string(text), -1) {
		kind, name, body := block[1], block[2], block[3]
		switch kind {
		case "sh":
			out, err := shell(dir, body)
			if (err != nil) != (name == "fails") {
				t.Fatalf("%s\nends with %v\n%s", body, err, out)
			}
			printed = out
			if strings.Contains(body, "cd mystage") {
				dir = filepath.Join(top, "mystage")
			}
		case "text":
			for part := range strings.FieldsFuncSeq(strings.ReplaceAll(body, "...", "\n"), func(r rune) bool { return r == '\n' }) {
				if !strings.Contains(printed, strings.TrimSpace(part)) {
					t.Errorf("the guide promises %q, printed is\n%s", part, printed)
				}
			}
		default:
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(body), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "clips.png")); err != nil {
		t.Errorf("the guide promises a picture: %v", err)
	}
}

// checkout returns the root of the module. Modules of their own are built with the version of FFmpeg that their go.mod pins.
func checkout(t *testing.T) string {
	t.Helper()
	if strings.Contains(os.Getenv("GOFLAGS"), "-modfile") {
		t.Skip("built with a module file for another version of FFmpeg than that of go.mod")
	}
	if testing.Short() {
		t.Skip("builds programs")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// shell runs commands until one fails. Modules come from the cache: whatever builds this module needs no others. Without paths in
// it, what was built for another folder is not built again.
func shell(dir, script string) (string, error) {
	c := exec.Command("bash", "-e", "-c", script)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOPROXY=off", "GOWORK=off", "GOFLAGS="+os.Getenv("GOFLAGS")+" -trimpath")
	out, err := c.CombinedOutput()
	return string(out), err
}
