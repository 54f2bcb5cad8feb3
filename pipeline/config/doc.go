// Package config reads strict YAML into documented structs, and writes, checks and describes them.
//
// A struct with tags is the whole definition of a configuration:
//
//   - yaml:"name" is the key, needed on every exported field; with ",omitempty" [Marshal] leaves out zero values, and "-" hides a
//     field. Embedded structs are inlined.
//   - doc:"one sentence" is for [Fields] and [Schema].
//   - legal:"..." limits the values, separated by commas: an interval 0..1, half-open (0..10] or one-sided 0..; or choices
//     random|regular|uniform; len=1..8 for slices and strings; ascending for lists of numbers (equal neighbours pass).
//     What is said of values holds for each element of a list.
//
// Fields are booleans, numbers, strings, structs, and arrays and slices of these; no pointers, no maps. A type may
// decode, encode, describe and check itself: see [Decoder], [Encoder], [Schemer] and [Checker]. A field whose zero value
// is not legal and that has no default must be given. A mistake in a tag panics with the names of struct and field.
//
// Every message names path, value and what is legal, all wrong fields at once:
//
//	clips.yaml:3: frames is 3.5, want a whole number from 1 to 64
//	clips.yaml:5: smapler is not a known key, want frames, sampler or scale (did you mean sampler?)
//
// Numbers are decimal. What only some YAML readers take for a number (0x10, 010, 1_000) is an error, and a text that
// looks like a number, true or false needs quotes. The functions are safe for concurrent use.
//
// # A complete program
//
//	package main
//
//	import (
//		"fmt"
//		"log"
//		"os"
//
//		"vidcsl/pipeline/config"
//	)
//
//	// Clips says how clips are cut.
//	type Clips struct {
//		Frames  int        `yaml:"frames" legal:"1..64" doc:"frames per clip"`
//		Sampler string     `yaml:"sampler" legal:"random|regular|uniform" doc:"where clips begin"`
//		Scale   [2]float64 `yaml:"scale" legal:"(0..1],ascending" doc:"area of the crop, as a part of the frame's"`
//		Steps   []Step     `yaml:"steps" legal:"len=0..8" doc:"what is done to each clip, in order"`
//	}
//
//	// Step is a bare name, or a name with a probability: "flip" or {flip: 0.5}.
//	type Step struct {
//		Name        string
//		Probability float64
//	}
//
//	func (s *Step) DecodeConfig(n *config.Node) error {
//		name, value, ok := n.Only()
//		switch known := []string{"flip", "blur"}; {
//		case n.IsText() && n.Text() != known[0] && n.Text() != known[1]:
//			return n.Unknown(known)
//		case n.IsText():
//			*s = Step{Name: n.Text(), Probability: 1}
//			return nil
//		case !ok:
//			return n.Want("a name, or a map with a single name")
//		case name != known[0] && name != known[1]:
//			return value.Unknown(known)
//		default:
//			s.Name = name
//			return config.Decode(value, &s.Probability)
//		}
//	}
//
//	func (s Step) EncodeConfig() (any, error) {
//		if s.Probability == 1 {
//			return s.Name, nil
//		}
//		return config.Map{{Key: s.Name, Value: s.Probability}}, nil
//	}
//
//	func (s Step) CheckConfig() error {
//		if s.Probability < 0 || s.Probability > 1 {
//			return &config.Error{Path: s.Name, Value: fmt.Sprint(s.Probability), Want: "a number from 0 to 1"}
//		}
//		return nil
//	}
//
//	func main() {
//		text, err := os.ReadFile("clips.yaml")
//		if err != nil {
//			log.Fatal(err)
//		}
//		node, err := config.Parse("clips.yaml", text)
//		if err != nil {
//			log.Fatal(err)
//		}
//		clips := Clips{Frames: 16, Sampler: "random", Scale: [2]float64{0.2, 1}}
//		if err := config.Decode(node, &clips); err != nil {
//			log.Fatal(err)
//		}
//		canonical, err := config.Marshal(clips)
//		if err != nil {
//			log.Fatal(err)
//		}
//		fmt.Printf("%s", canonical)
//		for _, f := range config.Fields(Clips{}) {
//			fmt.Println(f.Name, f.Type, f.Legal, f.Doc)
//		}
//	}
package config
