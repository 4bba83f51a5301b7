Option Explicit

' The buttons of this workbook, one line each. What they do stands in Python.

Public Sub EduxlMerge()
    EduxlRun "merge"
End Sub

Public Sub EduxlTemplates()
    EduxlRun "templates"
End Sub

Public Sub EduxlSend()
    EduxlRun "send"
End Sub

Public Sub EduxlFetch()
    EduxlRun "fetch"
End Sub

Public Sub EduxlRemind()
    EduxlRun "remind"
End Sub

Public Sub EduxlRefresh()
    EduxlRun "refresh"
End Sub

Public Sub EduxlReport()
    EduxlRun "report"
End Sub

Public Sub EduxlDoctor()
    EduxlRun "doctor"
End Sub

Private Sub EduxlRun(ByVal action As String)
    EduxlStart action, ThisWorkbook
End Sub
