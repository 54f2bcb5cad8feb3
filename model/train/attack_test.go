package train_test

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"vidcsl/model"
	"vidcsl/model/cpu"
	"vidcsl/model/op"
	"vidcsl/model/train"
)

// attacked is a configuration with adversarial views.
func attacked(kind, objective string) train.Config {
	c := tiny()
	contrastive(&c, objective)
	if objective != "moco" {
		c.Head.Kind = "simclr"
	}
	c.Schedule.Steps = 6
	c.Adversarial.Kind, c.Adversarial.Steps, c.Adversarial.Clusters = kind, 3, 4
	return c
}

// Adversarial views stay in the ball and are pictures, they raise the loss, and what is learned from them ends in finite numbers; in parts
// and with normalization by groups, with and without removal.
func TestAdversarialViews(t *testing.T) {
	for _, kind := range []string{"rocl", "acl", "advcl"} {
		for _, objective := range []string{"moco", "simclr", "supcon"} {
			t.Run(kind+" "+objective, func(t *testing.T) {
				c := attacked(kind, objective)
				c.Parts, c.Encoder.BNGroups = 2, 2
				if objective != "supcon" {
					c.Removal.Detector, c.Removal.Warmup, c.Removal.Action = "quantile", 0.3, "both"
				}
				saw := &watched{}
				var h history
				look := observer(func(*train.Record) error {
					far, edge := 0.0, 0.0
					for i, v := range saw.at { // mean and deviation are 0.2 in every channel
						far = max(far, math.Abs(float64(v-saw.origin[i]))*0.2)
						pixel := float64(v)*0.2 + 0.2
						edge = max(edge, -pixel, pixel-1)
					}
					if len(saw.at) < 16*3*4*12*12 || far > c.Adversarial.Epsilon+1e-6 || far < c.Adversarial.Epsilon/2 || edge > 1e-6 {
						return fmt.Errorf("%d pixels: moved by %v, want up to %v; %v beyond pictures", len(saw.at), far, c.Adversarial.Epsilon, edge)
					}
					return nil
				})
				tr := startOn(t, watching{cpu.New(cpu.Options{Threads: 1}), saw}, newBars(64, 16, 2), c, train.Observe(&h, look))
				if err := tr.Run(t.Context()); err != nil {
					t.Fatal(err)
				}
				if gain := h.mean("attack_gain", 5); !(gain > 0.02) {
					t.Errorf("the attack raised the loss by %v", gain)
				}
				if a, b := h.mean("loss_adversarial", 5), h.mean("loss_clean", 5); !(a > b) {
					t.Errorf("loss %v of adversarial views, %v of clean ones", a, b)
				}
			})
		}
	}
}

// An attack without steps, or without a ball, leaves the losses as they are without one.
func TestNoAttackIsPlain(t *testing.T) {
	for _, objective := range []string{"moco", "simclr"} {
		first := func(c train.Config) map[string]float64 {
			c.Schedule.Steps, c.Removal.Detector, c.Removal.Warmup, c.Removal.Ramp = 1, "oracle", 0, 0
			var h history
			tr := start(t, newBars(64, 16, 2), c, train.Observe(&h))
			for _, s := range tr.State() {
				switch v := op.NewTensor(s.First.Type); s.Name {
				case "bank.samples", "bank.labels":
					for i := range op.Data[int32](v) {
						op.Data[int32](v)[i] = int32(i % 7)
					}
					if err := tr.Set(s.Name, v); err != nil {
						t.Fatal(err)
					}
				case "bank.keys":
					for i, x := range numbers("keys", v.Len()) {
						op.Data[float32](v)[i] = float32(x)
					}
					if err := tr.Set(s.Name, v); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := tr.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			return h[0]
		}
		plain := attacked("none", objective)
		want := first(plain)["loss"]
		if !(want > 0.1) {
			t.Fatalf("%s: loss %v", objective, want)
		}
		for _, kind := range []string{"rocl", "acl"} {
			for name, change := range map[string]func(c *train.Config){
				"no steps": func(c *train.Config) { c.Adversarial.Steps, c.Adversarial.RandomStart = 0, false },
				"no ball":  func(c *train.Config) { c.Adversarial.Epsilon = 0 },
			} {
				c := attacked(kind, objective)
				change(&c)
				got := first(c)
				names := []string{"loss_clean"}
				if kind == "acl" {
					names = append(names, "loss", "loss_adversarial")
				} else if objective == "moco" { // without a bank, the views are normalized apart
					names = append(names, "loss_adversarial")
				}
				for _, n := range names {
					if math.Abs(got[n]-want) > 1e-5 {
						t.Errorf("%s %s, %s: %s is %v, want %v", kind, objective, name, n, got[n], want)
					}
				}
				if gain := got["attack_gain"]; math.Abs(gain) > 1e-5 {
					t.Errorf("%s %s, %s: the loss was raised by %v", kind, objective, name, gain)
				}
			}
		}
	}
}

// The encoder of two streams is that of the adversarial one: it is what is read from the trainer and from its file, under the usual names.
func TestAdversarialStreamIsKept(t *testing.T) {
	c, dir := attacked("acl", "moco"), t.TempDir()
	tr := start(t, newBars(64, 16, 2), c, train.Dir(dir))
	if err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	fine := tiny()
	fine.Encoder.Weights = filepath.Join(dir, "encoder.safetensors")
	next := start(t, newBars(64, 16, 1), fine)
	clean := 0
	for _, s := range tr.State() {
		if !strings.HasPrefix(s.Name, "encoder.") {
			continue
		}
		want, err := tr.Get(s.Name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := next.Get(s.Name)
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(got.Data) != fmt.Sprint(want.Data) {
			t.Errorf("%s differs", s.Name)
		}
		other, err := tr.Get("clean." + s.Name)
		if has := err == nil; has != strings.Contains(s.Name, ".bn.") {
			t.Errorf("%s in the clean stream: %v", s.Name, err)
		} else if has {
			clean++
			if fmt.Sprint(other.Data) == fmt.Sprint(want.Data) {
				t.Errorf("%s is the same in both streams", s.Name)
			}
		}
	}
	if clean != 16 {
		t.Errorf("%d parameters of the clean stream, want 16", clean)
	}
}

// In bfloat16 the attack goes the same way.
func TestAdversarialBF16(t *testing.T) {
	run := func(e model.Engine) (history, error) {
		var h history
		tr, err := train.New(e, newBars(64, 16, 2), attacked("rocl", "simclr"), train.Log(quiet), train.Observe(&h))
		if err != nil {
			return nil, err
		}
		defer tr.Close()
		err = tr.Run(t.Context())
		return h, err
	}
	half, err := run(cpu.New(cpu.Options{Threads: 1, BF16: true}))
	if err != nil {
		t.Skip(err)
	}
	whole, err := run(cpu.New(cpu.Options{Threads: 1}))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"loss_adversarial", "attack_gain"} {
		if a, b := half[0][name], whole[0][name]; math.Abs(a-b) > 0.1*b {
			t.Errorf("%s is %v, want about %v", name, a, b)
		}
	}
}

// The key encoder follows the clean stream's normalization.
func TestKeysAreOfTheCleanStream(t *testing.T) {
	c := attacked("acl", "moco")
	c.Schedule.Steps = 2
	tr := start(t, newBars(64, 16, 2), c)
	if err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	get := func(name string) []float32 {
		v, err := tr.Get(name + "encoder.layers.1.bn.bias")
		if err != nil {
			t.Fatal(err)
		}
		return op.Data[float32](v)
	}
	// the bank is empty in the first step, in which nothing moves; biases are 0 before it
	key, clean, own := get("key."), get("clean."), get("")
	for i, v := range clean {
		if math.Abs(float64(key[i]-0.1*v)) > 1e-7 || math.Abs(float64(v-own[i])) < 1e-7 {
			t.Errorf("bias %d is %v of the keys, %v in the clean stream, %v in the adversarial one", i, key[i], v, own[i])
		}
	}
}
