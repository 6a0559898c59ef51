// Package diagnostics holds the rules: what is wrong with a task folder, where, and what mends it.
//
// A rule is one value in one file: its code, its default severity, one line of documentation, and a check that sees nothing but its
// [Pass]. [Rules] is the one ordered list of them. Checking is pure: it touches no disk, no engine, and cannot fail. Each rule has its
// page docs/rules/CODE.md and its data testdata/CODE; a test fails where one of the three is missing.
package diagnostics

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/meca-lsp/meca-lsp/internal/dockerfile"
	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
	"github.com/meca-lsp/meca-lsp/schema"
)

// Rule is one rule.
type Rule struct {
	Code     string
	Severity Severity // unless the check says otherwise of a single finding
	Doc      string   // one line: what it reports
	AfterRun bool     // it speaks of a run, and stays silent without a report
	check    func(*Pass)
}

// Rules are all rules, in the order of the contract: config.json, the Dockerfile, the folder, a run.
func Rules() []Rule {
	return []Rule{
		configSyntax, configWrongType, configOutOfRange, configIncompleteLimits, configUnknownKey, configDuplicateKey, configGPUMismatch,
		configExceedsDefaultHost, configMissingDefault,
		dockerfileSyntax, dockerignoreSyntax, portNotExposed, startCommandMissing, appPortMismatch, copySourceMissing, copyOutsideSrc, builderFeature, outputBuffered,
		missingFile, wrongFileKind, emptySource, emptyFile, placeholderText, inputNotJSON, outputNotText, markNotPrinted, shadowingFile, secretFile,
		runExceedsEngine, runBuildFailed, runExited, runOutOfMemory, runMarkMissing, runNotListening, runMarkEarly, runNoAnswer, runBadStatus, runOutputDiffers,
		runUnstable, runMemoryTight, runMemoryIdle,
	}
}

// Pass is all that a rule sees: the folder, and the report of its last run where there is one.
type Pass struct {
	Folder   *task.Folder
	Report   *task.Report
	rule     Rule
	stale    bool
	findings []Finding
	reported int    // findings of the rule
	matches  int    // of patterns and paths so far
	copied   *image // what image gives, once it was asked
}

// maxFindings is how many findings of one rule are given. The last of them says how many there are besides.
const maxFindings = 100

// Check judges a folder, and what its last run found; report is nil where there was none. The findings are sorted by file and place.
func Check(folder *task.Folder, report *task.Report) []Finding {
	p := newPass(folder, report)
	for _, r := range Rules() {
		if !r.AfterRun || report != nil {
			p.check(r)
		}
	}
	return sorted(p.findings)
}

// CheckBoth is Check for a folder that was run in both views of a host. Of the second one, of a host of today, it gives what the first
// one does not: as warnings, for the contract is kept.
func CheckBoth(folder *task.Folder, report, today *task.Report) []Finding {
	findings := Check(folder, report)
	if report == nil || today == nil {
		return findings
	}
	p := newPass(folder, today)
	for _, r := range Rules() {
		if r.AfterRun && !slices.ContainsFunc(findings, func(f Finding) bool { return f.Code == r.Code }) {
			p.check(r)
		}
	}
	for _, f := range p.findings {
		f.Severity = max(f.Severity, Warning)
		f.Message = "On a host of today: " + f.Message
		findings = append(findings, f)
	}
	return sorted(findings)
}

func newPass(folder *task.Folder, report *task.Report) *Pass {
	return &Pass{Folder: folder, Report: report, stale: report != nil && report.Hash != folder.Hash()}
}

// check has one rule look at the folder.
func (p *Pass) check(r Rule) {
	p.rule, p.reported = r, 0
	r.check(p)
	if more := p.reported - maxFindings; more > 0 {
		p.findings[len(p.findings)-1].Message += fmt.Sprintf(" And %d more like this.", more)
	}
}

// sorted sorts findings by file and place.
func sorted(findings []Finding) []Finding {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File.Path, b.File.Path), cmp.Compare(a.Span.Start, b.Span.Start),
			cmp.Compare(a.Span.End, b.Span.End), cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Code, b.Code))
	})
	return findings
}

// report adds a finding of the rule.
func (p *Pass) report(file *text.File, at text.Span, message string, fixes ...Fix) *Finding {
	if p.rule.AfterRun && p.stale {
		message = "Out of date, the folder has changed since this run: " + message
	}
	f := Finding{
		Code: p.rule.Code, Severity: p.rule.Severity, File: file, Span: at, Message: message, Fixes: fixes, Stale: p.rule.AfterRun && p.stale,
	}
	if p.reported++; p.reported > maxFindings {
		return &f
	}
	p.findings = append(p.findings, f)
	return &p.findings[len(p.findings)-1]
}

// isFull reports whether a finding more would only be counted, and then counts it.
func (p *Pass) isFull() bool {
	if p.reported < maxFindings {
		return false
	}
	p.reported++
	return true
}

// reportOn adds a finding about an entry of the folder that has no place of its own: it stands on the first line of the first of
// config.json and Dockerfile that exists, else on the folder.
func (p *Pass) reportOn(message string, fixes ...Fix) *Finding {
	for _, name := range []string{task.ConfigFile, task.DockerfileName} {
		if p.Folder.Entry(name).Kind == task.Absent {
			continue
		}
		f := p.Folder.File(name)
		if f == nil {
			f = text.New(name, "")
		}
		return p.report(f, f.Line(0), message, fixes...)
	}
	return p.report(text.New(".", ""), text.Span{}, message, fixes...)
}

// edit is a fix that changes one file.
func edit(title string, preferred bool, file *text.File, edits ...text.Edit) Fix {
	return Fix{Title: title, Preferred: preferred, Edits: []FileEdit{{File: file, Edits: edits}}}
}

// safely marks the preferred ones of a rule's fixes as safe.
func safely(fixes ...Fix) []Fix {
	for i := range fixes {
		fixes[i].Safe = fixes[i].Preferred
	}
	return fixes
}

// config is config.json as it was read, and the object of its resource key; nil where there is none.
func (p *Pass) config() (*schema.Document, *schema.Value) {
	d := p.Folder.Config()
	if d == nil {
		return nil, nil
	}
	return d, d.Resource()
}

// startCommand is where a person looks for what the container starts: the start command, else the final FROM, else the Dockerfile's
// first instruction. It is not ok where there is none of them.
func startCommand(d *dockerfile.File) (text.Span, bool) {
	final := d.Final()
	switch {
	case final != nil && final.StartCommand() != nil:
		return final.StartCommand().Span, true
	case final != nil:
		return final.From.Keyword, true
	case len(d.Instructions) > 0:
		return d.Instructions[0].Keyword, true
	default:
		return text.Span{}, false
	}
}

// reportStart adds a finding about the start command.
func (p *Pass) reportStart(message string, fixes ...Fix) *Finding {
	if d := p.Folder.Dockerfile(); d != nil {
		if at, ok := startCommand(d); ok {
			return p.report(d.Source, at, message, fixes...)
		}
	}
	return p.reportOn(message, fixes...)
}

// sentence makes a clause a sentence.
func sentence(clause string) string {
	if clause == "" {
		return ""
	}
	first := clause[:1]
	if clause[0] >= 'a' && clause[0] <= 'z' {
		first = string(clause[0] - 'a' + 'A')
	}
	return first + clause[1:] + "."
}

// insertBeforeStart puts an instruction before the final stage's first CMD or ENTRYPOINT, else at the stage's end, in the letter case of
// the file's instructions.
func insertBeforeStart(d *dockerfile.File, instruction string) text.Edit {
	final, nl := d.Final(), d.Source.Newline()
	name, arguments, _ := strings.Cut(instruction, " ")
	if from := d.Source.Slice(final.From.Keyword); from == strings.ToLower(from) {
		name = strings.ToLower(name)
	}
	line := name + " " + arguments
	last := final.From
	for _, in := range final.Instructions {
		if in.Name == "CMD" || in.Name == "ENTRYPOINT" {
			start := d.Source.Line(d.Source.LineOf(in.Keyword.Start)).Start
			end := nl
			if before := d.Source.Line(d.Source.LineOf(start) - 1); strings.TrimSpace(d.Source.Slice(before)) == "" {
				end += nl // the file sets its instructions apart
			}
			return text.Edit{Span: text.Span{Start: start, End: start}, New: d.Source.Indent(start) + line + end}
		}
		last = in
	}
	at := text.Span{Start: last.End, End: last.End}
	before := d.Source.Text[:last.End]
	if goesOn, dangling := strings.CutSuffix(strings.TrimRight(before, " \t\r\n"), string(d.Escape)); dangling { // it would swallow the line
		at.Start = len(goesOn)
	} else if strings.HasSuffix(before, "\n") {
		return text.Edit{Span: at, New: line + nl}
	}
	return text.Edit{Span: at, New: nl + line + nl}
}
