package av

import (
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"github.com/asticode/go-astiav"
)

// TestRaw checks the layout of go-astiav's structs that raw relies on.
func TestRaw(t *testing.T) {
	fc := astiav.AllocFormatContext()
	defer fc.Free()
	cc := astiav.AllocCodecContext(astiav.FindDecoder(astiav.CodecIDH264))
	defer cc.Free()
	f := astiav.AllocFrame()
	defer f.Free()
	for name, c := range map[string]struct {
		got  unsafe.Pointer
		want string // what ends with the pointer
	}{
		"FormatContext": {raw(fc), fc.Class().String()},
		"CodecContext":  {raw(cc), cc.Class().String()},
		"Frame":         {raw(f), fmt.Sprintf("@ %p", f.UnsafePointer())},
	} {
		if got := fmt.Sprintf("@ %p", c.got); !strings.HasSuffix(c.want, got) {
			t.Errorf("%s: raw gives %s, go-astiav has %s", name, got, c.want)
		}
	}

	p := astiav.AllocPacket() // go-astiav does not print its address: look at the first fields of AVPacket
	defer p.Free()
	p.SetPts(11)
	p.SetDts(7)
	type packet struct {
		buf      unsafe.Pointer
		pts, dts int64
	}
	if got := (*packet)(raw(p)); got.pts != 11 || got.dts != 7 {
		t.Errorf("Packet: raw leads to timestamps %d and %d, not 11 and 7", got.pts, got.dts)
	}
}
