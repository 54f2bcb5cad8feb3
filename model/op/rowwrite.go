package op

// RowWrite replaces rows of a table[V, ...], of any element type, by rows[N, ...], each where idx[N], an I32, says. Of rows with one
// place the last stays; a row whose place is outside of the table is left out, so that nothing can fail once the rows are there. The
// table is a constant to a loss: there is no gradient.
type RowWrite struct{}

// Kind implements [Spec].
func (RowWrite) Kind() string { return "row_write" }

// Infer implements [Spec].
func (RowWrite) Infer(in []Type) (Type, error) {
	if err := arity(in, 3); err != nil {
		return Type{}, err
	}
	table, rows := in[0], in[1]
	if table.Rank() == 0 {
		return Type{}, misfit(in, 0, "at least 1 dimension")
	}
	if rows.Rank() != table.Rank() || !rows.resized(0, 0).Equal(table.resized(0, 0)) {
		return Type{}, misfit(in, 1, "rows of %v", table)
	}
	return table, wantVector(in, 2, I32, rows.Shape[0])
}

// Reference implements [Spec].
func (RowWrite) Reference(out Tensor, in []Tensor) error {
	copyRun(out, 0, in[0], 0, out.Len())
	_, row := out.around(0)
	for i, to := range Data[int32](in[2]) {
		if to >= 0 && int(to) < out.Shape[0] {
			copyRun(out, int(to)*row, in[1], i*row, row)
		}
	}
	return nil
}
