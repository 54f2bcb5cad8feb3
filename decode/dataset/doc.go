// Package dataset lists the videos of published data sets from their folders and official split files: UCF101, HMDB51, Kinetics, and
// anything with a list of paths and labels. It is pure Go and opens no video.
//
// A data set is described by a small YAML file, which stands wherever a folder of videos may, with the part that is wanted:
//
//	# ucf101.yaml
//	layout: ucf101
//	root: /data/ucf101     # holds UCF-101 and ucfTrainTestlist
//	split: 1
//
//	vidcsl train --data ucf101.yaml:train --val ucf101.yaml:val …
//	vidcsl eval RUN --data ucf101.yaml:test
//
// # A complete program
//
//	package main
//
//	import (
//		"fmt"
//		"log"
//
//		"vidcsl/decode/dataset"
//	)
//
//	func main() {
//		l, err := dataset.List("ucf101.yaml:train")
//		if err != nil {
//			log.Fatal(err)
//		}
//		fmt.Println(len(l.Items), "videos of", len(l.Labels), "classes,", len(l.Missing), "are missing")
//		for _, it := range l.Items[:3] {
//			fmt.Println(it.Path, l.Labels[it.Label])
//		}
//	}
package dataset
