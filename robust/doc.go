// Package robust says how well encoders do on clips that are spoiled or attacked. What was measured are cells: what one encoder took each clip
// for in one [Condition]. Every number is computed from cells: [Study] has the means over conditions and what compares runs, with
// bootstrap intervals; [Cell] and [Run] what needs one cell or one attack. A complete program that compares two ways of training:
//
//	package main
//
//	import (
//		"fmt"
//		"log"
//
//		"vidcsl/robust"
//	)
//
//	// run is an encoder that is right on so many of 100 clips, without noise and with it.
//	func run(name string, clean, noisy int) robust.Run {
//		cell := func(c robust.Condition, right int) robust.Cell {
//			cell := robust.Cell{Condition: c}
//			for i := range 100 {
//				clip := robust.Clip{Key: fmt.Sprint("video ", i), Label: 0, Predicted: 0}
//				if i >= right {
//					clip.Predicted = 1
//				}
//				cell.Clips = append(cell.Clips, clip)
//			}
//			return cell
//		}
//		return robust.Run{Name: name, Cells: []robust.Cell{
//			cell(robust.Condition{Kind: robust.Clean}, clean),
//			cell(robust.Condition{Kind: robust.Corruption, Name: "gaussian_noise", Severity: 3}, noisy),
//		}}
//	}
//
//	func main() {
//		runs := []robust.Run{run("csl", 70, 30), run("without false negatives", 72, 45), run("supervised", 80, 60)}
//		study, err := robust.NewStudy(runs, robust.DefaultOptions())
//		if err != nil {
//			log.Fatal(err)
//		}
//		for i, r := range runs {
//			fmt.Println(r.Name, "mPC", study.Mean(robust.Role{i}, robust.MPC()), "rPC", study.RPC(robust.Role{i}))
//		}
//		fmt.Println("gap closed", study.GapClosed(robust.Role{1}, robust.Role{0}, robust.Role{2}, robust.MPC()))
//	}
//
// A number that would be a quotient by nearly nothing is a [Value] that is not defined and says why. Clips of which damage left nothing are counted
// apart and are neither right nor wrong. The same cells and options give the same numbers.
package robust
