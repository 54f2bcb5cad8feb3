// Package report writes what was measured of encoders, their robustness and the gap between them as one HTML file that needs nothing else: no network, no
// server, no other file.
package report
