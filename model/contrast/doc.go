// Package contrast has what encoders are trained for: contrastive objectives, the memory bank of their negatives, and the search for
// false negatives among them.
//
// An [Objective] adds its loss to a graph, with the state that it keeps: the bank, what a detector knows, and the update of both. All
// randomness is a function of the seed, the step and the place of a pair. Detectors never read labels, but for the oracle.
//
// With s the cosines over the temperature, p the positive, B the negatives that are there and of another sample, R those removed and A
// those attracted, the loss of an anchor is
//
//	none         -s_p + lse(s_p, B)
//	eliminate    -s_p + lse(s_p, B without R)
//	attract      -mean over p and A of (s - lse(s_p, B))
//	both         eliminate + weight * mean over A of -(s_a - log(exp(lse(s_p, B without R)) + exp(s_a)))
//
// where lse is the logarithm of the sum of exponentials. A mask can never remove the positive: where all negatives are removed, the loss
// is 0. The sources: InfoNCE with a queue, He et al. 2020 (MoCo) and Chen et al. 2020 (MoCo v2); NT-Xent, Chen et al. 2020 (SimCLR);
// Khosla et al. 2020 (SupCon, L_out); elimination and attraction, Huynh et al. 2022.
//
// With adversarial views, [Objective.Begin] takes the clean ones, [Part.Raise] is what an attack raises, and [Part.Loss] the loss of both.
//
// # A complete program
//
//	package main
//
//	import (
//		"context"
//		"fmt"
//		"log"
//
//		"vidcsl/model"
//		"vidcsl/model/contrast"
//		"vidcsl/model/cpu"
//		"vidcsl/model/op"
//	)
//
//	func main() {
//		g := op.NewGraph()
//		config := contrast.Default()
//		config.Queue = 1024
//		objective, err := contrast.New(g, config, contrast.Dims{Batch: 4, Parts: 1, Embedding: 16, Samples: 100, Steps: 10, EpochSteps: 25})
//		if err != nil {
//			log.Fatal(err)
//		}
//		query, key := op.Input(g, "query", op.Of(op.F32, 4, 16)), op.Input(g, "key", op.Of(op.F32, 4, 16))
//		index, labels := op.Input(g, "index", op.Of(op.I32, 4)), op.Input(g, "labels", op.Of(op.I32, 4))
//		var loss *op.Node
//		err = op.Build(func() {
//			unit := op.L2Normalize{Eps: 1e-12}
//			loss = objective.Loss(contrast.Embeddings{Query: op.Apply(unit, query), Key: op.Apply(unit, key), Index: index, Labels: labels})
//			objective.Finish()
//		})
//		if err != nil {
//			log.Fatal(err)
//		}
//		program, err := cpu.New(cpu.Options{}).Compile(model.Signature{
//			Inputs:  append([]*op.Node{query, key, index, labels}, objective.Inputs()...),
//			State:   objective.Slots(),
//			Metrics: []*op.Node{loss},
//		})
//		if err != nil {
//			log.Fatal(err)
//		}
//		defer program.Close()
//		q, k := op.NewTensor(op.Of(op.F32, 4, 16)), op.NewTensor(op.Of(op.F32, 4, 16))
//		for i := range 4 { // one direction for each sample
//			op.Data[float32](q)[i*16+i], op.Data[float32](k)[i*16+i] = 1, 1
//		}
//		for step := range 10 {
//			first := int32(4 * step)
//			in := []op.Tensor{q, k, op.From([]int32{first, first + 1, first + 2, first + 3}, 4), op.From([]int32{-1, -1, -1, -1}, 4)}
//			metrics, err := program.Run(context.Background(), append(in, objective.Feed(step)...)...)
//			if err != nil {
//				log.Fatal(err)
//			}
//			fmt.Println(op.Data[float32](metrics[0])[0])
//		}
//	}
package contrast
