package spoof

import (
	"fmt"
	"strings"
	"unicode"

	"posthorn/mail/safe"
)

// turns reports whether a character turns the text that follows it around (UAX
// #9). The marks that only hint at a direction are none.
func turns(r rune) bool { return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 }

func turned(s string) bool { return strings.ContainsFunc(s, turns) }

// Visible shows the characters in a name that turn text around by their numbers.
func Visible(s string) string {
	if !turned(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if turns(r) {
			fmt.Fprintf(&b, "[U+%04X]", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// File returns what is doubtful about the name of a file.
func File(name string) (doubts []string) {
	shown := safe.Truncate(safe.Line(Visible(name)), 80)
	if turned(name) {
		doubts = append(doubts, fmt.Sprintf("the name of the attachment %s holds characters that turn the text around", shown))
	}
	if ext := disguised(name); ext != "" {
		doubts = append(doubts, fmt.Sprintf("the attachment %s looks like a document, but it is a program: it ends in %s", shown, ext))
	}
	return doubts
}

// disguised returns the ending of a name that runs as a program and has the
// ending of a document before it, empty for any other name.
func disguised(name string) string {
	name = strings.TrimRight(strings.ToLower(safe.Line(name)), ". ")
	at := strings.LastIndexByte(name, '.')
	if at < 0 || !ends(programs, name[at+1:]) {
		return ""
	}
	before := strings.TrimRightFunc(name[:at], func(r rune) bool { return unicode.IsSpace(r) || r == '_' || r == '.' || r == '-' })
	if n := strings.LastIndexByte(before, '.'); n >= 0 && ends(documents, before[n+1:]) {
		return name[at:]
	}
	return ""
}

// The endings of files, each between spaces.
const (
	programs  = " exe com scr pif bat cmd vbs vbe js jse wsf wsh hta msi msp cpl jar lnk reg ps1 psm1 inf url app sh command desktop run appimage apk dmg pkg iso img vhd chm scf gadget dll sct "
	documents = " pdf doc docx docm xls xlsx xlsm ppt pptx pps odt ods odp rtf txt csv jpg jpeg png gif bmp tif tiff webp heic svg mp3 mp4 avi mov wav zip rar 7z htm html xml eml log json md pages numbers key "
)

// ends reports whether a list of endings holds one.
func ends(list, ext string) bool {
	return ext != "" && !strings.Contains(ext, " ") && strings.Contains(list, " "+ext+" ")
}
