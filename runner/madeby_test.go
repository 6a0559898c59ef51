package runner

import (
	"slices"
	"testing"
	"time"
)

func TestIsOf(t *testing.T) {
	for _, test := range []struct {
		history, instruction string
		want                 bool
	}{
		{"/bin/sh -c #(nop) COPY file:68b5 in /badtask ", "COPY src/badtask /badtask", true},
		{"/bin/sh -c #(nop) COPY file:68b5 in /badtask ", "copy --chown=1:1 src/badtask badtask", true},
		{"/bin/sh -c #(nop) COPY multi:68b5 in /a b/ ", `COPY ["x", "y", "/a b/"]`, true},
		{"/bin/sh -c #(nop) COPY dir:68b5 in /opt/app ", "COPY . $HOME", true},
		{"/bin/sh -c #(nop) COPY file:68b5 in /badtask ", "COPY src/badtask /other", false},
		{"/bin/sh -c #(nop) COPY file:68b5 in /badtask ", "ADD src/badtask /badtask", false},
		{"/bin/sh -c #(nop)  ENV A=1 B=two words", `ENV A=1 B="two words"`, true},
		{"/bin/sh -c #(nop)  ENV A=1", "ENV A=2", false},
		{"/bin/sh -c #(nop)  EXPOSE map[8080/tcp:{}]", "EXPOSE 8080", true},
		{"/bin/sh -c #(nop)  CMD [\"/bin/sh\" \"-c\" \"exec x\"]", "CMD exec x", true},
		{"/bin/sh -c #(nop)  HEALTHCHECK &{[\"CMD-SHELL\" \"x\"] \"5s\"}", "HEALTHCHECK --interval=5s CMD x", true},
		{"/bin/sh -c pip install flask", "RUN pip install flask", true},
		{"|1 A=1 /bin/sh -c pip install flask", "RUN pip install flask", true},
		{"/bin/sh -c pip install flask", "RUN make", false},
		{"/bin/sh -c #(nop) COPY file:68b5 in /run ", "RUN run", false},
		{"", "COPY a /", false}, // of an import
		{"/bin/sh -c #(nop) COPY file:68b5 in / ", "", false},
	} {
		if got := isOf(test.history, test.instruction); got != test.want {
			t.Errorf("%s of %s: got %v", test.history, test.instruction, got)
		}
	}
}

// TestUnseen finds the image that a build made when it was cut, among others of the same moment and place.
func TestUnseen(t *testing.T) {
	now := time.Now()
	images := []Image{
		{ID: "copied", Created: now}, {ID: "foreign", Created: now}, {ID: "unknown", Created: now}, {ID: "child", Parent: "shown", Created: now},
		{ID: "shown", Created: now.Add(-time.Minute)}, {ID: "old", Created: now},
	}
	history := map[string]string{"copied": "/bin/sh -c #(nop) COPY file:68b5 in /a ", "foreign": "/bin/sh -c #(nop)  ENV A=1"}
	for name, test := range map[string]struct {
		said     []string
		orphaned []orphan
		want     []string
	}{
		"before a word":     {nil, nil, []string{"copied"}},
		"at the base":       {[]string{"Step 1/3 : FROM scratch"}, nil, []string{"copied"}},
		"at the first step": {[]string{"Step 1/3 : FROM scratch", "Step 2/3 : COPY a /a"}, nil, []string{"copied"}},
		"at another one":    {[]string{"Step 1/3 : FROM scratch", "Step 2/3 : ENV A=1"}, nil, []string{"foreign"}},
		"behind an image":   {[]string{"Step 1/3 : FROM scratch", "Step 2/3 : COPY b /b", " ---> 0123456789ab\n"}, nil, nil},
		"an orphan": {[]string{"Step 1/3 : FROM scratch", "Step 2/3 : COPY b /b", " ---> 0123456789ab\n"},
			[]orphan{{now, "ENV A=1"}, {now.Add(-time.Minute), "COPY a /a"}}, []string{"foreign"}},
	} {
		t.Run(name, func(t *testing.T) {
			log := silentBuildLog([]string{"COPY a /a"})
			log.base = "scratch"
			for _, s := range test.said {
				log.control(s)
			}
			m := newMadeImages([]Image{{ID: "old"}}, log)
			m.interrupted, m.cut, m.orphaned, m.history = true, now, test.orphaned, history
			if got := m.unseen(images); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
