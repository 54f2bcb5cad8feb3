package main

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"

	"vidcsl/decode"
)

// machine says what the figures were taken on.
func machine() map[string]any {
	m := map[string]any{"cpu": runtime.GOARCH, "cores": runtime.NumCPU(), "kernel": output("uname", "-r")}
	if model := field("/proc/cpuinfo", "model name"); model != "" {
		m["cpu"] = model
	}
	var kib float64
	if _, err := fmt.Sscanf(field("/proc/meminfo", "MemTotal"), "%f kB", &kib); err == nil {
		m["memory_gib"] = round(kib/(1<<20), 1)
	}
	return m
}

// versions says what was measured.
func versions() map[string]string {
	v := map[string]string{
		"vidcsl": output("git", "describe", "--tags", "--always", "--dirty"), "go": runtime.Version(), "libavcodec": decode.FFmpegVersion(),
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			if name := filepath.Base(d.Path); name == "go-astiav" || name == "v15" {
				v[strings.Replace(name, "v15", "arrow", 1)] = d.Version
			}
		}
	}
	return v
}

// arguments leaves out where things lie on this machine.
func arguments(args []string) []string {
	out := make([]string, len(args))
	for i, a := range args {
		name, value, both := strings.Cut(a, "=")
		switch {
		case both && filepath.IsAbs(value):
			out[i] = name + "=" + filepath.Base(value)
		case filepath.IsAbs(a):
			out[i] = filepath.Base(a)
		default:
			out[i] = a
		}
	}
	return out
}

// field returns what follows "name:" in a file of /proc.
func field(path, name string) string {
	data, _ := os.ReadFile(path) // absent elsewhere than on Linux
	for line := range strings.Lines(string(data)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func output(name string, args ...string) string {
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

func round(v float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.Round(v*p) / p
}
