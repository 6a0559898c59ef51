;;; emacs.el --- Emacs at work on a task folder  -*- lexical-binding: t -*-

;; The test of the real editor runs this after the set-up of docs/editors.md. It takes the folder from MECA_FOLDER and writes what it
;; saw to MECA_REPORT, as JSON. Nothing here waits for a fixed time: only until something is so. Batch mode has no idle timers, so that
;; what eglot does when idle is called by name.

(require 'json)
(require 'imenu)
(setq make-backup-files nil create-lockfiles nil eglot-autoreconnect nil eglot-sync-connect 30
      eglot-confirm-server-initiated-edits nil eglot-confirm-server-edits nil)

(defvar folder (getenv "MECA_FOLDER"))
(defvar report nil)
(defvar said nil "Messages of the server.")

(defun note (key value) (push (cons key value) report))

(defun finish (code)
  (note 'messages (vconcat (reverse said)))
  (with-temp-file (getenv "MECA_REPORT") (insert (json-encode report)))
  (kill-emacs code))

(defun server () (eglot-current-server))

(defun nudge ()
  "Have the server say something: Emacs 28 leaves what comes right behind the answer to a `jsonrpc-request' lying until it does."
  (when (server)
    (jsonrpc-async-request (server) :workspace/symbol '(:query "") :success-fn #'ignore :error-fn #'ignore :timeout-fn #'ignore)))

(defun await (what condition)
  (let ((late (+ (float-time) 40)) (turns 0))
    (while (not (funcall condition))
      (when (> (float-time) late) (error "Waited in vain for %s" what))
      (when (= 0 (mod (setq turns (1+ turns)) 20)) (nudge))
      (accept-process-output nil 0.02))))

(cl-defmethod eglot-handle-notification :before (_server (_method (eql window/showMessage)) &key message &allow-other-keys)
  (push message said))

(defun uri (file) (concat "file://" file))

(defun ask (method &rest params)
  (jsonrpc-request (server) method (append (list :textDocument (list :uri (uri buffer-file-name))) params) :timeout 20))

(defun findings ()
  (flymake-start)
  (sort (mapcar #'flymake-diagnostic-beg (flymake-diagnostics)) #'<))

(defun tell-change () (eglot--signal-textDocument/didChange))

(defun work ()
  (note 'version emacs-version)
  (find-file (expand-file-name "config.json" folder))
  (setq tab-width 2 indent-tabs-mode nil)
  (unless (server) (apply #'eglot (eglot--guess-contact)))
  (await "the server" (lambda () (and (server) (eglot-managed-p))))
  (await "diagnostics" (lambda () (= 2 (length (findings)))))
  (note 'opened (vconcat (mapcar #'flymake-diagnostic-text (flymake-diagnostics))))

  ;; The person mends one fault by hand.
  (goto-char (point-min))
  (search-forward "-64")
  (delete-region (match-beginning 0) (1+ (match-beginning 0)))
  (tell-change)
  (await "a finding to go" (lambda () (= 1 (length (findings)))))
  (note 'edited (vconcat (mapcar #'flymake-diagnostic-text (flymake-diagnostics))))

  ;; A quick fix mends the other.
  (let* ((wrong (car (flymake-diagnostics)))
         (actions (eglot-code-actions (flymake-diagnostic-beg wrong) (flymake-diagnostic-end wrong) "quickfix"))
         (action (elt actions 0)))
    (note 'action (plist-get action :title))
    (eglot--apply-workspace-edit (plist-get action :edit) nil))
  (tell-change)
  (await "no finding" (lambda () (null (findings))))

  (eglot-format-buffer)
  (tell-change)
  (note 'text (string-trim-right (buffer-substring-no-properties (point-min) (point-max))))

  (note 'hover (plist-get (plist-get (ask :textDocument/hover :position '(:line 2 :character 6)) :contents) :value))
  (note 'symbols (vconcat (mapcar (lambda (s) (plist-get s :name)) (ask :textDocument/documentSymbol))))
  (note 'lens (plist-get (plist-get (elt (ask :textDocument/codeLens) 0) :command) :title))
  (let ((inhibit-message t)) (save-buffer))

  (find-file (expand-file-name "Dockerfile" folder))
  (unless (eglot-managed-p) (eglot--maybe-activate-editing-mode))
  (await "the server to have the Dockerfile" (lambda () (eglot-managed-p)))
  (let* ((places (ask :textDocument/definition :position (list :line (string-to-number (getenv "MECA_COPY")) :character 8)))
         (place (if (vectorp places) (elt places 0) places)))
    (note 'definition (eglot--uri-to-path (or (plist-get place :targetUri) (plist-get place :uri)))))

  ;; The run tells its verdict as a message.
  (let (run)
    (jsonrpc-async-request (server) :workspace/executeCommand (list :command "meca.run" :arguments (vector (list :folder (uri folder))))
                           :success-fn (lambda (answer) (setq run (plist-get answer :run))))
    (await "the verdict" (lambda () (and run said)))
    (note 'run run))

  (let ((process (jsonrpc--process (server))))
    (eglot-shutdown (server) nil 10)
    (while (process-live-p process) (accept-process-output process 0.02)) ; the test has its own patience
    (note 'stopped t)))

(condition-case failure
    (progn (work) (finish 0))
  (error (note 'failed (error-message-string failure)) (finish 1)))
