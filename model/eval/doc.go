// Package eval measures what an encoder has learned: the features that it makes of labelled samples are compared with each other
// ([Neighbors], [Retrieve]), and with their labels by a linear classifier ([LinearProbe]). Every accuracy comes with the number
// of samples and a 95 % interval. A complete program that evaluates random weights on clips of two colours:
//
//	package main
//
//	import (
//		"context"
//		"fmt"
//		"log"
//
//		"vidcsl/model"
//		"vidcsl/model/cpu"
//		"vidcsl/model/eval"
//		"vidcsl/model/nn"
//		"vidcsl/model/op"
//	)
//
//	// clips yields n clips of 4 frames of 16x16, red and blue in turn, each brighter than the one before.
//	func clips(n int) func(yield func(*model.Batch, error) bool) {
//		return func(yield func(*model.Batch, error) bool) {
//			for i := range n {
//				view := op.NewTensor(op.Of(op.U8, 1, 4, 16, 16, 3))
//				for p := i % 2 * 2; p < view.Len(); p += 3 {
//					op.Data[uint8](view)[p] = uint8(100 + i)
//				}
//				b := &model.Batch{Views: []op.Tensor{view}, Labels: []int32{int32(i % 2)}, Index: []int32{int32(i)}}
//				if !yield(b, nil) {
//					return
//				}
//			}
//		}
//	}
//
//	func main() {
//		ctx, engine := context.Background(), cpu.New(cpu.Options{})
//		encoder, err := eval.NewEncoder(engine, eval.EncoderConfig{
//			Net:  nn.Config{Arch: "r3d_18", Width: 0.125, Stem: nn.SmallStem},
//			View: [4]int{4, 16, 16, 3}, Std: [3]float64{1, 1, 1}, Batch: 8,
//		})
//		if err != nil {
//			log.Fatal(err)
//		}
//		defer encoder.Close()
//		info := model.DataInfo{Classes: []string{"red", "blue"}}
//		train, err := encoder.Features(ctx, info, clips(60))
//		if err != nil {
//			log.Fatal(err)
//		}
//		test, err := encoder.Features(ctx, info, clips(40))
//		if err != nil {
//			log.Fatal(err)
//		}
//		knn, err := eval.Neighbors(ctx, engine, train, test, eval.DefaultKNN())
//		if err != nil {
//			log.Fatal(err)
//		}
//		fmt.Println(knn.Top1)
//	}
//
// Features are rows of f32; functions neither change nor keep them. All results are the same on each run; errors name the set and the
// sample.
package eval
