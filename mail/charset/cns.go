package charset

import (
	"strings"

	"golang.org/x/text/encoding/traditionalchinese"
)

// A stretch says that as many letters follow each other in a plane of CNS 11643 as
// in Big5, from these on. Both are ordered by strokes and differ in few places.
type stretch struct{ cns, big5, letters int }

func plane1() []stretch {
	return []stretch{
		{0, 0, 5}, {6, 6, 8}, {15, 15, 6}, {21, 23, 2}, {24, 22, 1}, {29, 29, 44}, {73, 74, 1}, {74, 73, 1},
		{75, 75, 22}, {98, 98, 1}, {100, 100, 27}, {127, 128, 1}, {128, 127, 1}, {129, 129, 19}, {148, 149, 1}, {149, 148, 1},
		{150, 150, 4}, {155, 21, 1}, {156, 156, 1}, {156, 158, 1}, {157, 157, 1}, {157, 159, 1}, {160, 160, 1}, {162, 162, 1},
		{165, 165, 69}, {282, 234, 29}, {312, 264, 1}, {314, 266, 142}, {470, 6101, 20}, {3290, 471, 17}, {3307, 263, 1}, {3307, 488, 87},
		{3394, 265, 1}, {3394, 575, 1308}, {4702, 1884, 424}, {5126, 1883, 1}, {5127, 2308, 1876}, {7003, 4571, 1}, {7004, 4184, 387}, {7391, 4572, 525},
		{7916, 5286, 1}, {7917, 5097, 105}, {8023, 5203, 83}, {8106, 5287, 84}, {8190, 5517, 1}, {8191, 5371, 54}, {8245, 5426, 1}, {8246, 5425, 1},
		{8247, 5427, 90}, {8337, 5518, 354},
	}
}

func plane2() []stretch {
	return []stretch{
		{0, 6280, 10}, {10, 6291, 33}, {43, 6372, 1}, {44, 6324, 48}, {92, 6373, 46}, {138, 6586, 1}, {139, 6419, 167}, {306, 6587, 1840},
		{2146, 9074, 1}, {2147, 8428, 108}, {2255, 8537, 537}, {2792, 8427, 1}, {2793, 9075, 100}, {2893, 8536, 1}, {2894, 9175, 399}, {3293, 9575, 1637},
		{4930, 11761, 1}, {4931, 11212, 146}, {5077, 11899, 1}, {5078, 11358, 287}, {5365, 12508, 1}, {5366, 11645, 116}, {5482, 11762, 137}, {5619, 11900, 104},
		{5723, 12425, 1}, {5724, 12004, 222}, {5946, 12227, 198}, {6144, 12426, 82}, {6226, 12509, 86}, {6312, 12226, 1}, {6313, 12595, 8}, {6321, 12604, 153},
		{6474, 12758, 56}, {6530, 13114, 1}, {6531, 12814, 113}, {6644, 12603, 1}, {6645, 12927, 142}, {6787, 12757, 1}, {6788, 13069, 45}, {6833, 13115, 71},
		{6904, 13380, 1}, {6905, 13186, 194}, {7099, 13381, 490}, {7589, 13914, 1}, {7590, 13871, 43}, {7633, 13915, 1}, {7634, 13917, 11}, {7645, 13916, 1},
		{7646, 13928, 4},
	}
}

// decodeEUCTW decodes the two planes of CNS 11643 that Big5 has, in EUC: two octets
// for the first plane; SS2, the plane and two octets for any.
func decodeEUCTW(b []byte) string {
	var big []byte
	planes := [3][]stretch{nil, plane1(), plane2()}
	for len(b) > 0 {
		switch n, length := cnsPlane(b); {
		case b[0] < 0x80:
			big, b = append(big, b[0]), b[1:]
		case length == 0 || n >= len(planes):
			big, b = append(big, 0xff), b[max(length, 1):]
		default:
			big, b = appendBig5(big, planes[n], b[length-2], b[length-1]), b[length:]
		}
	}
	s, err := traditionalchinese.Big5.NewDecoder().Bytes(big)
	if err != nil {
		return strings.Repeat("\ufffd", len(big))
	}
	return string(s)
}

// cnsPlane returns the plane of a letter and its octets, 0 where it is none.
func cnsPlane(b []byte) (plane, length int) {
	switch {
	case len(b) >= 4 && b[0] == 0x8e && b[1] >= 0xa1 && b[1] <= 0xb0 && b[2] >= 0xa1 && b[3] >= 0xa1:
		return int(b[1] - 0xa0), 4
	case len(b) >= 2 && b[0] >= 0xa1 && b[1] >= 0xa1:
		return 1, 2
	}
	return 0, 0
}

// appendBig5 appends a letter of a plane as Big5 has it.
func appendBig5(out []byte, plane []stretch, row, column byte) []byte {
	n := int(row-0xa1)*94 + int(column-0xa1)
	for _, s := range plane {
		if n >= s.cns && n < s.cns+s.letters {
			n = s.big5 + n - s.cns
			if column = byte(n % 157); column < 63 {
				return append(out, byte(n/157)+0xa1, column+0x40)
			}
			return append(out, byte(n/157)+0xa1, column-63+0xa1)
		}
	}
	return append(out, 0xff)
}
