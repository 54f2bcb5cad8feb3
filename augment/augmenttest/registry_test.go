package augmenttest_test

import (
	"testing"

	"vidcsl/augment"
	"vidcsl/augment/augmenttest"
)

// runs says under which options each transform of the default registry is checked, besides those declared for it.
var runs = map[string][]augmenttest.Opt{
	"center_crop":         {{}, {Settings: map[string]any{"size": 16}, MinSide: 16}},
	"color_jitter":        {{}, {Settings: map[string]any{"contrast": 0, "saturation": 0, "hue": 0.5}}},
	"cutout":              {{}, {Settings: map[string]any{"size": 7, "value": []any{1, 2, 3}}}},
	"frame_drop":          {{}, {Settings: map[string]any{"p": 0.9}}},
	"gaussian_blur":       {{}, {Settings: map[string]any{"kernel_size": 23, "sigma": []any{1, 9}}}},
	"grayscale":           {{}, {Settings: map[string]any{"p": 1}, Constant: true}},
	"horizontal_flip":     {{}, {Settings: map[string]any{"p": 1}, Constant: true}},
	"normalize":           {{}},
	"rand_augment":        {{}, {Settings: map[string]any{"num_ops": 16, "magnitude": 30, "fill": []any{9, 99, 199}}}},
	"random_erasing":      {{}, {Settings: map[string]any{"p": 1}}},
	"random_resized_crop": {{}, {Settings: map[string]any{"scale": []any{0.01, 0.02}}}},
	"random_stride":       {{}, {Settings: map[string]any{"stride": []any{1, 100}}}},
	"resize":              {{}, {Settings: map[string]any{"size": 16}}},
	"reverse":             {{}, {Settings: map[string]any{"p": 1}, Constant: true}},
	"rotate":              {{}, {Settings: map[string]any{"degrees": []any{-180, 180}}}},
	"shuffle":             {{}, {Settings: map[string]any{"segments": 8}}},
	"solarize":            {{}, {Settings: map[string]any{"p": 1, "threshold": 1}, Constant: true}},
	"speed":               {{}, {Settings: map[string]any{"rate": []any{0.1, 10}}}},
	"temporal_crop":       {{}, {Settings: map[string]any{"scale": []any{0.05, 0.1}}}},
	"temporal_offset":     {{}, {Settings: map[string]any{"max": 0.5, "power": 2}}},
}

func TestEveryRegisteredTransform(t *testing.T) {
	for _, name := range augment.Default().Names() {
		opts, ok := runs[name]
		if !ok {
			t.Errorf("the transform %s is registered and not checked: give it a line in the table of registry_test.go, such as\n\t%q: {{}},", name, name)
		}
		for i, o := range opts {
			run := name
			if i > 0 {
				run += " with other settings"
			}
			t.Run(run, func(t *testing.T) {
				declared := augmenttest.Declared(name)
				o.Name, o.Constant, o.Then = name, o.Constant || declared.Constant, declared.Then
				augmenttest.Run(t, o)
			})
		}
	}
	for name := range runs {
		if _, err := augment.Default().Info(name); err != nil {
			t.Errorf("the table of registry_test.go checks a transform that is not registered: %v", err)
		}
	}
}
