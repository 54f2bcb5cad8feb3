package cluster

// guess returns a score that more than keep entries of the lists of partners are probably above, and not many more: minus infinity if there are
// no more. It counts what some of the rows share with others, and takes the rest to be like them. lists holds k neighbours of each of n rows, -1 for
// none; a list of partners has room for m.
func guess(lists []int32, n, k, m, keep int) float32 {
	const bins, sampled, more = 1024, 64, 16
	in := inverse(lists, n, k)
	var rows []int32 // that have neighbours
	for i := range int32(n) {
		if lists[int(i)*k] >= 0 {
			rows = append(rows, i)
		}
	}
	step, taken := max(1, len(rows)/sampled), 0
	count, total := make([]int32, n), [bins + 1]int{}
	var found []int32
	for r := 0; r < len(rows); r += step {
		taken++
		i := rows[r]
		found = in.meet(i, lists[int(i)*k:][:k], count, found[:0])
		own := [bins + 1]int{}
		for _, j := range found {
			if j != i {
				own[bins*count[j]/(in.size[i]+in.size[j]-count[j])]++
			}
			count[j] = 0
		}
		for b, room := bins, m; b >= 0 && room > 0; b-- {
			c := min(own[b], room)
			total[b] += c
			room -= c
		}
	}
	left := taken * (keep + keep/4 + more*len(rows)) / max(1, len(rows))
	for b := bins; b > 0; b-- {
		if left -= total[b]; left < 0 {
			return float32(b)/bins - 1.01*weight // the products are from -1 to 1
		}
	}
	return minusInf
}

// inverted is lists the other way: the rows whose neighbourhood, their list and themselves, holds row j are in[start[j]:start[j+1]].
type inverted struct{ start, in, size []int32 }

func inverse(lists []int32, n, k int) inverted {
	v := inverted{start: make([]int32, n+2), size: make([]int32, n)}
	for i := range n {
		v.size[i]++
		v.start[i+2]++
		for _, j := range lists[i*k:][:k] {
			if j >= 0 {
				v.size[i]++
				v.start[j+2]++
			}
		}
	}
	for j := range n {
		v.start[j+2] += v.start[j+1]
	}
	v.in = make([]int32, v.start[n+1])
	put := func(i, j int32) { v.in[v.start[j+1]] = i; v.start[j+1]++ }
	for i := range int32(n) {
		put(i, i)
		for _, j := range lists[int(i)*k:][:k] {
			if j >= 0 {
				put(i, j)
			}
		}
	}
	return v
}

// meet counts what every row shares with row i, whose neighbours are list, and adds those that share something to found. The counts are 0 before.
func (v inverted) meet(i int32, list, count, found []int32) []int32 {
	visit := func(j int32) {
		for _, r := range v.in[v.start[j]:v.start[j+1]] {
			if count[r]++; count[r] == 1 {
				found = append(found, r)
			}
		}
	}
	visit(i)
	for _, j := range list {
		if j >= 0 {
			visit(j)
		}
	}
	return found
}
