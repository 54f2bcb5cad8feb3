package corrupt_test

import (
	"encoding/json"
	"strings"
	"testing"

	"vidcsl/augment"
	"vidcsl/decode/clip"
	"vidcsl/robust/corrupt"
)

// TestStoredParams: what no draw gives is refused in a stored plan, of every type of parameters. That of severities is in the table's test.
func TestStoredParams(t *testing.T) {
	corrupt.Register()
	for _, c := range []struct{ name, params, want string }{
		{"motion_blur", `{"severity":2,"angle":46}`, "angle is 46, want -45 to 45"},
		{"snow", `{"severity":2,"seed":1,"angle":0}`, "angle is 0, want -135 to -45"},
		{"frost", `{"severity":2,"glass":5,"x":0,"y":0}`, "glass is 5, want 0 to 4"},
		{"frost", `{"severity":2,"glass":1,"x":-1,"y":0}`, "x and y are -1 and 0, want 0 to 511"},
		{"fog", `{"severity":2,"seed":1,"angle":361,"speed":1}`, "angle is 361, want 0 to 360"},
		{"fog", `{"severity":2,"seed":1,"angle":1,"speed":65}`, "speed is 65, want 0 to 64"},
		{"elastic_transform", `{"severity":2,"seed":1,"shift":[0,0,0,0,0,1.5]}`, "shift is 1.5, want -1 to 1"},
		{"static_rotation", `{"degrees":1e9}`, "degrees is 1e+09, want -360 to 360"},
		{"temporal_motion_blur", `{"frames":4}`, "frames is 4, want an odd number"},
	} {
		_, err := augment.Default().Compile([]clip.Op{{Name: corrupt.Prefix + c.name, Params: json.RawMessage(c.params)}}, augment.Shape{T: 1, H: 8, W: 8})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s%s: error %v, want one with %q", c.name, c.params, err, c.want)
		}
	}
}
