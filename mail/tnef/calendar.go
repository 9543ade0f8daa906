package tnef

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"
)

// The sets of properties of appointments and meetings (MS-OXPROPS, section 1.3.2).
func appointments() [16]byte {
	return [16]byte{0x02, 0x20, 0x06, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46}
}

func meetings() [16]byte {
	return [16]byte{0x90, 0xda, 0xd8, 0x6e, 0x0b, 0x45, 0x1b, 0x10, 0x98, 0xda, 0, 0xaa, 0, 0x3f, 0x13, 0x05}
}

// Named properties of a meeting.
const (
	namedStart    = 0x820d
	namedEnd      = 0x820e
	namedLocation = 0x8208
	namedGlobalID = 0x0003
	namedCleanID  = 0x0023
)

// method returns what an invitation asks for by its class (MS-OXCICAL).
func method(class string) string {
	class = strings.ToLower(class)
	switch {
	case strings.HasPrefix(class, "ipm.schedule.meeting.request"), strings.HasPrefix(class, "ipm.microsoft schedule.mtgreq"):
		return "REQUEST"
	case strings.HasPrefix(class, "ipm.schedule.meeting.canceled"), strings.HasPrefix(class, "ipm.microsoft schedule.mtgcncl"):
		return "CANCEL"
	case strings.HasPrefix(class, "ipm.schedule.meeting.resp"), strings.HasPrefix(class, "ipm.microsoft schedule.mtgresp"):
		return "REPLY"
	case strings.HasPrefix(class, "ipm.appointment"):
		return "PUBLISH"
	}
	return ""
}

// calendar writes an invitation as iCalendar, empty where the message is none.
func calendar(m *Message, props []property, r *reader) string {
	kind := method(m.Class)
	if kind == "" {
		return ""
	}
	fields := map[string]string{"SUMMARY": escape(m.Subject)}
	for _, p := range props {
		switch {
		case p.name == nil:
		case p.name.set == appointments():
			switch p.name.number {
			case namedStart:
				fields["DTSTART"] = stamp(p.value)
			case namedEnd:
				fields["DTEND"] = stamp(p.value)
			case namedLocation:
				fields["LOCATION"] = escape(r.string(p))
			}
		case p.name.set == meetings() && (p.name.number == namedCleanID || p.name.number == namedGlobalID && fields["UID"] == ""):
			fields["UID"] = strings.ToUpper(hex.EncodeToString(p.value))
		}
	}
	if fields["DTSTART"] == "" {
		return ""
	}
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:" + kind + "\r\nBEGIN:VEVENT\r\n")
	for _, name := range []string{"UID", "DTSTART", "DTEND", "SUMMARY", "LOCATION"} {
		if v := fields[name]; v != "" {
			b.WriteString(name + ":" + v + "\r\n")
		}
	}
	b.WriteString("END:VEVENT\r\nEND:VCALENDAR\r\n")
	return b.String()
}

func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r", "", "\n", `\n`).Replace(s)
}

// stamp writes a time, which is counted in units of 100 ns since 1601.
func stamp(v []byte) string {
	if len(v) < 8 {
		return ""
	}
	const since1601 = 11644473600
	seconds := int64(binary.LittleEndian.Uint64(v)/10_000_000) - since1601
	at := time.Unix(seconds, 0).UTC()
	if at.Year() < 1601 || at.Year() > 9999 {
		return ""
	}
	return at.Format("20060102T150405Z")
}
