package cmd

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// What a command logs while its bar is shown takes the bar's place, and the bar follows it.
func TestBarOnTerminal(t *testing.T) {
	terminal, screen := openTerminal(t)
	stderr := &aboveBar{w: terminal}
	b := newBar(stderr, "clips", 3)
	b.set(2, "two")
	before := until(t, screen, "2/3 clips")
	fmt.Fprintln(stderr, "a line of the log")
	before += until(t, screen, "a line of the log\r\n")
	b.set(3, "three")
	b.stop()
	fmt.Fprintln(stderr, "a line after the bar")
	after := until(t, screen, "a line after the bar\r\n")
	const erased = "\x1b[J" // from the cursor, which was moved to where the bar began
	if !strings.HasSuffix(strings.TrimSuffix(before, "a line of the log\r\n"), erased) {
		t.Errorf("the bar is not erased before a line: %q", before)
	}
	if !strings.Contains(after, "3/3 clips") {
		t.Errorf("the bar does not come after the line: %q", after)
	}
}

// until returns what is shown, up to a text.
func until(t *testing.T, screen *bufio.Reader, text string) string {
	t.Helper()
	var shown strings.Builder
	for !strings.HasSuffix(shown.String(), text) {
		c, err := screen.ReadByte()
		if err != nil {
			t.Fatalf("%v after %q", err, &shown)
		}
		shown.WriteByte(c)
	}
	return shown.String()
}

// openTerminal returns a terminal, and what it shows.
func openTerminal(t *testing.T) (terminal *os.File, screen *bufio.Reader) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { master.Close() })
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(int(master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 120})
	}
	if err != nil {
		t.Skip(err)
	}
	if terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { terminal.Close() })
	return terminal, bufio.NewReader(master)
}
