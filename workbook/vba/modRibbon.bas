Option Explicit

' The buttons of the ribbon. They act on the workbook in front, never on the add-in itself.
' "As Object" and not "As IRibbonControl": that would need a reference to Office's type library.

Public Sub OnMerge(control As Object)
    EduxlStart "merge", ActiveWorkbook
End Sub

Public Sub OnTemplates(control As Object)
    EduxlStart "templates", ActiveWorkbook
End Sub

Public Sub OnSend(control As Object)
    EduxlStart "send", ActiveWorkbook
End Sub

Public Sub OnFetch(control As Object)
    EduxlStart "fetch", ActiveWorkbook
End Sub

Public Sub OnRemind(control As Object)
    EduxlStart "remind", ActiveWorkbook
End Sub

Public Sub OnRefresh(control As Object)
    EduxlStart "refresh", ActiveWorkbook
End Sub

Public Sub OnReport(control As Object)
    EduxlStart "report", ActiveWorkbook
End Sub

Public Sub OnDoctor(control As Object)
    EduxlStart "doctor", ActiveWorkbook
End Sub

Public Sub OnNew(control As Object)
    EduxlStart "new", Nothing
End Sub

Public Sub OnSendbacks(control As Object)
    EduxlStart "sendbacks", ActiveWorkbook
End Sub

Public Sub OnHelp(control As Object)
    EduxlStart "help", Nothing
End Sub
