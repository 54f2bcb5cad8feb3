// Package train trains encoders. A [Trainer] builds the graph of one step for a configuration and a data set (normalise, encode, the
// loss of package contrast, gradients, clipping, optimiser, key encoder, bank), compiles it on an engine, and runs it over the batches
// with schedules, metrics and checkpoints around it.
//
// A run is a function of its configuration and its data, to the bit on an engine that adds in one order, as the CPU's does with the
// same number of threads. What a step draws is keyed by the seed and the step, and all that is kept from step to step lies in the state
// of the program, so that a run which was stopped and resumed ends with the bits of one that never stopped. A run's folder ([Dir])
// holds
//
//	config.yaml                          the configuration, canonical
//	metrics.jsonl                        a line for every step
//	tensorboard/                         the same for TensorBoard
//	checkpoints/step-000400.safetensors  all of the state after 400 steps, with position, configuration, data set and checksums
//	encoder.safetensors                  the encoder at the end, under torchvision's names
//
// The metrics of a step are lr, loss, grad_norm (of all gradients together, before clipping), weight_norm (before the step), those of the
// objective, such as accuracy or alignment, and for contrastive objectives embedding_std, the spread of the embeddings' numbers over the
// batch, which is 1/sqrt(D) where they fill the sphere and 0 where they have collapsed.
//
// Adversarial views ([vidcsl/model/contrast.Adversarial]) are made within the graph of the step: some steps of sign-gradient ascent on the
// contrastive loss in the pixels (Madry et al. 2018), unrolled, with the weights as they are. No gradient flows through them.
//
// # A complete program
//
//	package main
//
//	import (
//		"context"
//		"errors"
//		"fmt"
//		"io/fs"
//		"iter"
//		"log"
//		"os"
//		"os/signal"
//
//		"vidcsl/model"
//		"vidcsl/model/cpu"
//		"vidcsl/model/op"
//		"vidcsl/model/train"
//	)
//
//	// shades is a data set of 64 clips, bright ones and dark ones.
//	type shades struct{ info model.DataInfo }
//
//	func (s shades) Info() model.DataInfo { return s.info }
//
//	func (s shades) Batches(ctx context.Context, from model.Cursor) iter.Seq2[*model.Batch, error] {
//		return func(yield func(*model.Batch, error) bool) {
//			b := &model.Batch{Views: []op.Tensor{op.NewTensor(op.Of(op.U8, 8, 4, 16, 16, 3))}, Labels: make([]int32, 8), Index: make([]int32, 8)}
//			for at := from; ctx.Err() == nil; at = b.Next {
//				for i := range b.Labels {
//					b.Index[i] = int32(at.Item + i)
//					b.Labels[i] = s.info.Labels[at.Item+i]
//					clip := op.Data[uint8](b.Views[0])[i*4*16*16*3:][:4*16*16*3]
//					for k := range clip {
//						clip[k] = uint8(40 + 120*b.Labels[i] + int32(k*k%37))
//					}
//				}
//				b.Next = model.Cursor{Epoch: at.Epoch, Item: at.Item + 8}
//				if b.Next.Item == len(s.info.Keys) {
//					b.Next = model.Cursor{Epoch: at.Epoch + 1}
//				}
//				if !yield(b, nil) {
//					return
//				}
//			}
//			yield(nil, context.Cause(ctx))
//		}
//	}
//
//	func main() {
//		data := shades{model.DataInfo{Classes: []string{"dark", "bright"}, Views: 1, Shape: [4]int{4, 16, 16, 3}, Batch: 8}}
//		for i := range 64 {
//			data.info.Keys = append(data.info.Keys, fmt.Sprint("clip", i))
//			data.info.Labels = append(data.info.Labels, int32(i%2))
//		}
//		c := train.Default()
//		c.Objective, c.Batch = "supervised", 8
//		c.Encoder.Arch, c.Encoder.Width = "tiny3d", 0.25
//		c.Schedule.Epochs = 5
//		show := train.Live(func(p train.Progress) { fmt.Printf("%d/%d loss %.3f, %v left\n", p.Step, p.Steps, p.Loss, p.Left) })
//		t, err := train.New(cpu.New(cpu.Options{}), data, c, train.Dir("run"), train.Observe(show))
//		if err != nil {
//			log.Fatal(err)
//		}
//		defer t.Close()
//		if err := t.Resume(); err != nil && !errors.Is(err, fs.ErrNotExist) {
//			log.Fatal(err)
//		}
//		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
//		defer stop()
//		if err := t.Run(ctx); err != nil { // after ctrl-C: the step is finished, and a checkpoint written
//			log.Fatal(err)
//		}
//	}
package train
