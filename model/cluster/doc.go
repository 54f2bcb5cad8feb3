// Package cluster groups feature vectors without labels: k-means, and pairs of samples that are probably of one class. Both compile graphs for a
// [model.Engine] once, and run them as often as features change, blocked: nothing in memory has a number for each pair of samples.
//
//	package main
//
//	import (
//		"context"
//		"fmt"
//		"log"
//		"math/rand/v2"
//
//		"vidcsl/model/cluster"
//		"vidcsl/model/cpu"
//		"vidcsl/model/op"
//	)
//
//	func main() {
//		points := op.From([]float32{0, 0, 0, 1, 9, 9, 9, 8}, 4, 2)
//		k, err := cluster.NewKMeans(cpu.New(cpu.Options{}), 4, 2, cluster.KMeansOptions{K: 2, Iterations: 20})
//		if err != nil {
//			log.Fatal(err)
//		}
//		defer k.Close()
//		c, err := k.Fit(context.Background(), points, op.Tensor{}, rand.New(rand.NewPCG(1, 1)))
//		if err != nil {
//			log.Fatal(err)
//		}
//		fmt.Println(c.Assign.Data, c.Centroids.Data, c.Inertia)
//	}
//
// To go on where clusters were before the features moved, give Fit the last centroids as the start. [NMI] says how much two
// clusterings agree.
package cluster
