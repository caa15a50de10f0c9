;;; Does in Emacs what a person would, and writes down as JSON what there was to be seen.  -*- lexical-binding: t -*-
;; Run as `emacs --batch -L EGLOT -l eglot.el' in the folder of the project; CONFIG is the set-up, SEEN the
;; file to write.

(require 'json)
(setq debug-on-error t)

(defvar seen nil "What was seen: name → value.")
(defvar messages nil "What the server showed, the newest first.")

(defun wait-for (what condition)
  "Return what CONDITION gives as soon as that is something; WHAT it is, for people."
  (let ((end (+ (float-time) 60)) value)
    (while (not (setq value (funcall condition)))
      (when (> (float-time) end)
        (error "Waited in vain for %s, and have seen %S %S" what seen messages))
      (accept-process-output nil 0.05))
    value))

(defun diagnostics ()
  (mapcar (lambda (each)
            (format "%d-%d %s" (line-number-at-pos (flymake-diagnostic-beg each))
                    (- (flymake-diagnostic-end each) (flymake-diagnostic-beg each))
                    (flymake-diagnostic-text each)))
          (flymake-diagnostics)))

(load (getenv "CONFIG") nil t)
(advice-add 'eglot--message :before
            (lambda (text &rest values) (push (apply #'format text values) messages)))

(find-file "test_prices.py")
(apply #'eglot (eglot--guess-contact))
(flymake-start)
(push (cons 'diagnostics (wait-for "diagnostics" #'diagnostics)) seen)

(goto-char (point-min))
(search-forward "def test_t")
(let ((hover (jsonrpc-request (eglot-current-server) :textDocument/hover
                              (eglot--TextDocumentPositionParams))))
  (push (cons 'hover (plist-get (plist-get hover :contents) :value)) seen))

;; The code action runs the test, which fails again.
(search-forward "assert")
(let* ((offered (eglot-code-actions (point) (point)))
       (rerun (seq-find (lambda (each) (string-prefix-p "Rerun" (plist-get each :title))) offered))
       (command (plist-get rerun :command)))
  (push (cons 'actions (mapcar (lambda (each) (plist-get each :title)) offered)) seen)
  (eglot-execute-command (eglot-current-server) (intern (plist-get command :command))
                         (plist-get command :arguments)))
(wait-for "the end of the action's run" (lambda () (seq-find (lambda (each) (string-match-p "1 failed" each)) messages)))

(with-current-buffer (find-file-noselect "prices.py")
  (goto-char (point-min))
  (search-forward " + 1")
  (replace-match "")
  (save-buffer))
(pytest-recall-rerun-last-failed)
(wait-for "the end of the rerun" (lambda () (seq-find (lambda (each) (string-match-p "1 passed" each)) messages)))
(wait-for "no diagnostics" (lambda () (null (diagnostics))))

(push (cons 'messages (reverse messages)) seen)
(eglot-shutdown (eglot-current-server))
(with-temp-file (getenv "SEEN") (insert (json-encode seen)))
