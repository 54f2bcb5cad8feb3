package corrupt_test

import (
	"testing"

	"vidcsl/robust/corrupt"
	"vidcsl/robust/corrupt/internal/corrupttest"
)

// TestTable checks every corruption of the table.
func TestTable(t *testing.T) { corrupttest.Check(t, corrupt.List()) }
