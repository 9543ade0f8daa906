package client

import (
	"strconv"
	"strings"
)

// A Range is a range of UIDs, both ends included.
type Range struct{ First, Last uint32 }

// maxRanges bounds the ranges of one set, maxNumbers the numbers that all of
// them stand for.
const (
	maxRanges  = 1 << 20
	maxNumbers = 1 << 22
)

// parseRanges reads a set of UIDs as a server sends it. What is no number is
// left out.
func parseRanges(s string) (list []Range) {
	for part := range strings.SplitSeq(s, ",") {
		a, b, isRange := strings.Cut(part, ":")
		if !isRange {
			b = a
		}
		first, err1 := strconv.ParseUint(a, 10, 32)
		last, err2 := strconv.ParseUint(b, 10, 32)
		if err1 != nil || err2 != nil || len(list) >= maxRanges {
			continue
		}
		list = append(list, Range{uint32(min(first, last)), uint32(max(first, last))})
	}
	return list
}

// expand lists the numbers that a set stands for.
func expand(set string) (list []uint32) {
	for _, r := range parseRanges(set) {
		for u := uint64(r.First); u <= uint64(r.Last) && len(list) < maxNumbers; u++ {
			list = append(list, uint32(u))
		}
	}
	return list
}
