// Package report writes what was measured of encoders, their robustness and the gap between them as one HTML file that needs nothing else: no network, no
// server, no other file. A [Page] is what it says; a part of it that has nothing in it is left out. A complete program that writes a page on two ways of
// training:
//
//	package main
//
//	import (
//		"log"
//
//		"vidcsl/robust"
//		"vidcsl/robust/report"
//	)
//
//	func main() {
//		accuracy := func(v float64) robust.Value { return robust.Value{Value: v, Low: v - 0.03, High: v + 0.03} }
//		page := &report.Page{
//			Title:  "Labels against none",
//			Answer: "The gap shows under PGD: it is 20 points.",
//			Ways: []report.Way{
//				{Name: "csl", About: "MoCo, 400 steps", Clean: accuracy(0.71)},
//				{Name: "supervised", About: "labels, 400 steps", Clean: accuracy(0.74)},
//			},
//			Baseline:   0,
//			Supervised: 1,
//			Gaps: []report.Gap{{
//				Measure: "pgd linf 2/255",
//				Size:    accuracy(0.2),
//				Verdict: report.Open,
//				Ways:    []report.GapOf{{Accuracy: accuracy(0.3)}, {Accuracy: accuracy(0.5)}},
//			}},
//		}
//		if err := page.WriteFile("report.html"); err != nil {
//			log.Fatal(err)
//		}
//	}
//
// Charts are SVG drawn by gonum/plot, whose colours and fonts are the page's own: they follow the reader's choice of light or dark. Beneath each are
// its numbers as a table. Of a gap that is not open no share is told, whatever the page holds.
package report
