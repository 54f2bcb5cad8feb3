// Package attack looks for small perturbations of clips that a network is wrong about.
//
// A network is a [Net]: an encoder of package nn with its classifier, with a linear head, with a kNN classifier, alone, or any function that
// adds to a graph. [Open] makes a [Model] of it, whose Run attacks samples. An [Attack] is a function of one sample that asks a [Network]: it reads
// as its paper does for a batch of one. The model puts the questions of many samples together. [New] makes attacks by name.
//
//	package main
//
//	import (
//		"context"
//		"fmt"
//
//		"vidcsl/model/cpu"
//		"vidcsl/model/nn"
//		"vidcsl/robust/attack"
//	)
//
//	func main() {
//		net := attack.Encoder(attack.EncoderConfig{
//			Net:  nn.Config{Arch: "tiny3d", Classes: 10},
//			View: [4]int{8, 32, 32, 3},
//			Mean: [3]float64{0.45, 0.45, 0.45}, Std: [3]float64{0.225, 0.225, 0.225},
//			Weights: attack.File("tiny3d.safetensors"),
//		})
//		m, err := attack.Open(cpu.New(cpu.Options{}), net, 16)
//		if err != nil {
//			panic(err)
//		}
//		defer m.Close()
//		samples := func(yield func(*attack.Sample, error) bool) {
//			s := &attack.Sample{Key: "grey", X: make([]float32, 3*8*32*32), Shape: m.Shape(), Label: 3}
//			for i := range s.X {
//				s.X[i] = 0.5
//			}
//			yield(s, nil)
//		}
//		pgd := attack.NewPGD(attack.Linf, 8.0/255, 20)
//		err = m.Run(context.Background(), pgd, samples, attack.Options{Seed: 1}, func(r *attack.Result) error {
//			fmt.Println(r.Key, "taken for", r.Clean, "and then", r.Prediction, "at", r.Linf)
//			return nil
//		})
//		fmt.Println(err)
//	}
//
// Clips are [3,T,H,W] of float32 from 0 to 1, channels first; lengths are in these units. Nothing is drawn but from the seed, the name of the
// attack and the key of the sample.
package attack
