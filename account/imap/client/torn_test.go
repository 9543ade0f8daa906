package client

import "testing"

func TestTornWord(t *testing.T) {
	for s, torn := range map[string]bool{
		"":                                    false,
		"Ann Lindqvist":                       false,
		"=?utf-8?B?QW5u?=":                    false,
		"=?utf-8?B?QW4=?=":                    false, // padded
		"=?utf-8?B?QQ==?= Lindqvist":          false,
		"=?utf-8?Q?Lindqvist?= =?utf-8?Q?A?=": false,
		"why =? not":                          true,
		"=?utf-8?Q?Lindqvist":                 true, // the comma in it ended the name
		"=?utf-8?Q?a?= =?utf-8":               true,
		"Ann?=":                               false,
	} {
		if got := tornWord(s); got != torn {
			t.Errorf("%q is torn: %v", s, got)
		}
	}
}
