package op

import (
	"runtime"
	"sync"
)

// parallel splits the numbers from 0 to n-1 into one run per processor and calls f for each run at the same time. Results do not
// depend on the number of processors if no two numbers share any.
func parallel(n int, f func(from, to int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	if workers <= 1 {
		f(0, n)
		return
	}
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() { f(n*w/workers, n*(w+1)/workers) })
	}
	wg.Wait()
}

// float is an element type that gradients are computed in.
type float interface{ float32 | float64 }

// dot4 returns the inner products of x with four rows of its length.
func dot4[T float](x, a, b, c, d []T) (ya, yb, yc, yd T) {
	a, b, c, d = a[:len(x)], b[:len(x)], c[:len(x)], d[:len(x)]
	for i, v := range x {
		ya += v * a[i]
		yb += v * b[i]
		yc += v * c[i]
		yd += v * d[i]
	}
	return ya, yb, yc, yd
}

// dots stores in y[i*step] the inner product of x with row i of a matrix, for every row.
func dots[T float](y []T, step int, x, matrix []T, rows int) {
	k := len(x)
	i := 0
	for ; i+4 <= rows; i += 4 {
		m := matrix[i*k : (i+4)*k]
		y[i*step], y[(i+1)*step], y[(i+2)*step], y[(i+3)*step] = dot4(x, m[:k], m[k:2*k], m[2*k:3*k], m[3*k:])
	}
	for ; i < rows; i++ {
		sum := T(0)
		for j, v := range matrix[i*k : (i+1)*k] {
			sum += v * x[j]
		}
		y[i*step] = sum
	}
}

// combine adds to y the sum over i < n of scale(i) times row(i). Rows have the length of y.
func combine[T float](y []T, n int, scale func(i int) T, row func(i int) []T) {
	i := 0
	for ; i+4 <= n; i += 4 {
		s0, s1, s2, s3 := scale(i), scale(i+1), scale(i+2), scale(i+3)
		a, b, c, d := row(i)[:len(y)], row(i + 1)[:len(y)], row(i + 2)[:len(y)], row(i + 3)[:len(y)]
		for j := range y {
			y[j] += s0*a[j] + s1*b[j] + s2*c[j] + s3*d[j]
		}
	}
	for ; i < n; i++ {
		s, a := scale(i), row(i)[:len(y)]
		for j := range y {
			y[j] += s * a[j]
		}
	}
}
