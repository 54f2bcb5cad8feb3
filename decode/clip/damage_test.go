package clip

import (
	"math"
	"math/bits"
	"strings"
	"testing"
)

// Bits and packets are hit as often as the rate says, spread over all bits, and another seed or packet hits others.
func TestDamageRate(t *testing.T) {
	const size = 1 << 20
	d := Damage{BitError, 1e-3, 7}
	var each [8]int
	n, last := 0, -1
	for at, mask := range d.Flips(3, size) {
		if at <= last || at >= size || bits.OnesCount8(mask) != 1 {
			t.Fatalf("byte %d after %d, bits %b", at, last, mask)
		}
		last = at
		n++
		each[bits.TrailingZeros8(mask)]++
	}
	if want := size * d.Rate; math.Abs(float64(n)-want) > 4*math.Sqrt(want) {
		t.Errorf("%d of %d bytes are hit, want about %g", n, size, want)
	}
	for bit, k := range each {
		if k < n/8/2 || k > n/8*2 {
			t.Errorf("bit %d is flipped %d times of %d", bit, k, n)
		}
	}
	short := 0
	for at, mask := range d.Flips(3, last+1) { // the same ones, of a part of the packet
		if at == last && mask == 0 {
			t.Error("no bit")
		}
		short++
	}
	if short != n {
		t.Errorf("%d flips in the part that had %d", short, n)
	}
	l := Damage{PacketLoss, 0.1, 7}
	lost, same := 0, 0
	for i := range int64(20000) {
		if l.Lost(i) {
			lost++
		}
		if l.Lost(i) && (Damage{PacketLoss, 0.1, 8}).Lost(i) {
			same++
		}
	}
	if lost < 1800 || lost > 2200 || same < 130 || same > 280 {
		t.Errorf("%d of 20000 packets are lost, %d of them with another seed too, want about 2000 and 200", lost, same)
	}
}

// The ends of the rates, and what each kind leaves alone.
func TestDamageEnds(t *testing.T) {
	for _, d := range []Damage{{BitError, 0, 1}, {PacketLoss, 0, 1}, {PacketLoss, 1, 1}} {
		for at := range d.Flips(0, 100000) {
			t.Fatalf("%v flips a bit of byte %d", d, at)
		}
	}
	all := 0
	for range (Damage{BitError, 1, 1}).Flips(0, 1000) {
		all++
	}
	if all != 1000 {
		t.Errorf("at the rate 1, %d of 1000 bytes are hit", all)
	}
	for i := range int64(1000) {
		if !(Damage{PacketLoss, 1, 1}).Lost(i) || (Damage{PacketLoss, 0, 1}).Lost(i) || (Damage{BitError, 1, 1}).Lost(i) {
			t.Fatalf("packet %d", i)
		}
	}
}

// A view with damage survives its JSON; one without is written as ever; damage that is none is refused with its value.
func TestDamageInPlans(t *testing.T) {
	v := View{PTS: []int64{1}, Damage: &Damage{BitError, 1. / 30000, 1<<63 + 1}}
	back, err := ParseView(v.JSON())
	if err != nil || *back.Damage != *v.Damage || back.JSON() != v.JSON() {
		t.Errorf("%v: %s", err, back.JSON())
	}
	if text := (View{PTS: []int64{1}}).JSON(); strings.Contains(text, "damage") {
		t.Error(text)
	}
	m := &Meta{Width: 4, Height: 4}
	for want, d := range map[string]Damage{
		`kind "rain"`: {Kind: "rain"}, `kind ""`: {}, "rate of 1.5": {BitError, 1.5, 0}, "rate of -1": {PacketLoss, -1, 0}, "rate of NaN": {PacketLoss, math.NaN(), 0},
	} {
		v.Damage = &d
		if _, err := v.Resolve(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", d, err)
		}
		if d.Rate == d.Rate {
			if _, err := ParseView(v.JSON()); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v: %v", d, err)
			}
		}
	}
	if _, err := ParseView(`{"pts":[1],"damage":{"kind":"bit_error","rate":0,"seed":1,"colour":2}}`); err == nil {
		t.Error("an unknown field is read")
	}
}
