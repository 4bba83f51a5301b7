Option Explicit
Option Private Module

' Finds eduxl and starts it for one button; shows nothing but why that was not possible.
'
' eduxl button ACTION [FILE] --host excel --hwnd N    eduxl works in the workbook as it stands on the screen
' eduxl button ACTION FILE --reopen                   eduxl waits until it is closed, then shows it again
'
' The second way is for programs that eduxl cannot work in: LibreOffice, WPS, Excel for macOS.

' True while a button's work is under way: a second click does nothing.
Private busy As Boolean

Public Sub EduxlStart(ByVal action As String, ByVal book As Object)
    If busy Then Exit Sub
    busy = True
    On Error GoTo Failed
    Launch action, book
    busy = False
    Exit Sub
Failed:
    busy = False
    Say "没有做成：" & Err.Description & "（" & Err.Number & "）。请先保存工作簿，再点一次；仍不行，请关闭后重新打开。"
End Sub

Private Sub Launch(ByVal action As String, ByVal book As Object)
    Dim sh As Object, words As String, problem As String, fileless As Boolean
    Set sh = WindowsShell()
    fileless = (action = "new" Or action = "help" Or action = "doctor")
    problem = Refusal(book)
    If problem <> "" And Not fileless Then
        Say problem
        Exit Sub
    End If
    words = "button " & action
    If problem = "" Then words = words & " """ & FullPath(book) & """"
    If Not sh Is Nothing And Not IsForeign(book) Then
        ' Mails take their time; the workbook can be worked in meanwhile.
        StartHosted sh, words & " --host excel --hwnd " & CStr(Application.Hwnd), action <> "send" And action <> "remind"
    ElseIf fileless Then
        If Not StartDetached(sh, words) Then Say NotFound()
    Else
        StartAndClose sh, words & " --reopen", book
    End If
End Sub

' --- the two ways ---

Private Sub StartHosted(ByVal sh As Object, ByVal words As String, ByVal waiting As Boolean)
    Dim code As Long, mode As Long
    mode = Application.Calculation
    ' Esc does not break off while eduxl is at work; Excel takes this back when the macro ends.
    Application.EnableCancelKey = 0
    If Not TryAll(sh, words, waiting, code) Then
        Say NotFound()
    ElseIf code <> 0 Then
        GiveBack mode
        Say "eduxl 没有正常结束（代码 " & code & "）。请点“检查环境”看缺什么，再点一次。"
    End If
End Sub

' What an eduxl that was killed left switched off: Excel would take no click any more.
Private Sub GiveBack(ByVal mode As Long)
    On Error Resume Next
    Application.Interactive = True
    Application.ScreenUpdating = True
    Application.EnableEvents = True
    Application.StatusBar = False
    Application.Calculation = mode
End Sub

Private Sub StartAndClose(ByVal sh As Object, ByVal words As String, ByVal book As Object)
    ' Where it cannot be saved, this is an error and nothing is started. Saved stays False in LibreOffice.
    book.Save
    If Not StartDetached(sh, words) Then
        Say NotFound()
        Exit Sub
    End If
    busy = False
    ' True: LibreOffice without a window saves only now.
    book.Close True
End Sub

Private Function StartDetached(ByVal sh As Object, ByVal words As String) As Boolean
    Dim code As Long
    StartDetached = TryAll(sh, words, False, code)
End Function

' --- which program ---

' The first that starts: EDUXL_EXE, what the installer wrote, the usual folder, PATH, the py launcher.
Private Function TryAll(ByVal sh As Object, ByVal words As String, ByVal waiting As Boolean, code As Long) As Boolean
    Dim folder As Variant
    TryAll = True
    If TryOne(sh, Variable(sh, "EDUXL_EXE"), words, waiting, code) Then Exit Function
    If TryOne(sh, Configured(), words, waiting, code) Then Exit Function
    If sh Is Nothing Then
        If TryOne(sh, "eduxl", words, waiting, code) Then Exit Function
    Else
        If TryOne(sh, Variable(sh, "LOCALAPPDATA") & "\eduxl\eduxl.exe", words, waiting, code) Then Exit Function
        ' Folder by folder: a bare name would also be looked for in the current folder.
        For Each folder In Split(Variable(sh, "PATH"), ";")
            If TryOne(sh, folder & "\eduxl.exe", words, waiting, code) Then Exit Function
        Next
        If TryOne(sh, PyLauncher(sh), words, waiting, code) Then Exit Function
    End If
    TryAll = False
End Function

' True when the program was there; code is then what it ended with, if waited for.
Private Function TryOne(ByVal sh As Object, ByVal program As String, ByVal words As String, _
        ByVal waiting As Boolean, code As Long) As Boolean
    Dim full As String
    program = Replace(program, """", "")
    If Not IsAbsolute(program) And program <> "eduxl" Then Exit Function
    full = """" & program & """ "
    If IsPython(program) Then full = full & "-m eduxl "
    full = full & words
    On Error Resume Next
    If sh Is Nothing Then
        Shell full, 0
    Else
        code = sh.Run(full, 0, waiting)
    End If
    TryOne = (Err.Number = 0)
End Function

' The py launcher, if the Python that it starts has eduxl; else "".
Private Function PyLauncher(ByVal sh As Object) As String
    Dim place As Variant, code As Long
    On Error Resume Next
    For Each place In Array(Variable(sh, "WINDIR") & "\py.exe", _
            Variable(sh, "LOCALAPPDATA") & "\Programs\Python\Launcher\py.exe", _
            Variable(sh, "LOCALAPPDATA") & "\Microsoft\WindowsApps\py.exe")
        code = 1
        code = sh.Run("""" & place & """ -c ""import eduxl""", 0, True)
        If code = 0 Then
            PyLauncher = place
            Exit Function
        End If
    Next
End Function

Private Function IsAbsolute(ByVal program As String) As Boolean
    IsAbsolute = (Mid$(program, 2, 1) = ":" Or Left$(program, 2) = "\\" Or Left$(program, 1) = "/")
End Function

' python.exe, pythonw.exe, python3.12 and py.exe want to be told the module.
Private Function IsPython(ByVal program As String) As Boolean
    Dim exe As String
    exe = LCase$(Mid$(program, InStrRev(Replace(program, "\", "/"), "/") + 1))
    IsPython = (Left$(exe, 6) = "python" Or exe = "py.exe")
End Function

' What "eduxl addin install" wrote for this user; nothing where settings do not exist.
Private Function Configured() As String
    On Error Resume Next
    Configured = GetSetting("eduxl", "Addin", "Program", "")
End Function

' A variable of the process. The second way reads it in Unicode, the first in the code page.
Private Function Variable(ByVal sh As Object, ByVal key As String) As String
    On Error Resume Next
    If sh Is Nothing Then
        Variable = Environ$(key)
    Else
        Variable = sh.Environment("PROCESS").Item(key)
    End If
End Function

Private Function WindowsShell() As Object
    On Error Resume Next
    Set WindowsShell = CreateObject("WScript.Shell")
End Function

' --- the workbook ---

' Why nothing can be done with this workbook, or "".
Private Function Refusal(ByVal book As Object) As String
    If book Is Nothing Then
        Refusal = "没有打开的工作簿。请先打开总台账，再点一次。"
    ElseIf book.Path = "" Then
        Refusal = "这个工作簿还没有保存过。请先保存到本机文件夹（如“文档”），再点一次。"
    ElseIf InStr(book.FullName, "://") > 0 Then
        Refusal = "工作簿是从网上（OneDrive 或 SharePoint）打开的，eduxl 只处理本机文件夹里的工作簿。" & _
            "请用“文件－另存为”存到本机文件夹，打开那一份，再点一次。"
    End If
End Function

' In LibreOffice FullName is the name without its folder.
Private Function FullPath(ByVal book As Object) As String
    FullPath = book.FullName
    If FullPath = book.Name Then FullPath = book.Path & Application.PathSeparator & book.Name
End Function

' True in LibreOffice and WPS, which say that they are Microsoft Excel.
Private Function IsForeign(ByVal book As Object) As Boolean
    Dim place As String
    On Error Resume Next
    place = LCase$(Application.Path)
    IsForeign = (InStr(place, "libreoffice") > 0 Or InStr(place, "kingsoft") > 0 Or InStr(place, "wps") > 0)
    If Not book Is Nothing Then
        If book.Path <> "" And book.FullName = book.Name Then IsForeign = True
    End If
End Function

' --- what is said ---

Private Function NotFound() As String
    NotFound = "没有找到 eduxl，什么也没有做。请运行一次 eduxl 安装程序，" & _
        "或在命令行运行 eduxl addin install，再点一次。"
End Function

' Popup shows Chinese everywhere, MsgBox of Excel only where the code page is Chinese.
Private Sub Say(ByVal message As String)
    Dim sh As Object
    Set sh = WindowsShell()
    If sh Is Nothing Then
        MsgBox message, 48, "教育台账"
    Else
        sh.Popup message, 0, "教育台账", 48 + 4096
    End If
End Sub
