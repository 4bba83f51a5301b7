"""What floats over a sheet: charts, pictures, shapes, buttons, pivot tables, slicers."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

from openpyxl.chart import BarChart, Reference
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook

from eduxl import labels as L
from tests.survival.book import MAIN, Book, area
from tests.survival.changes.cells import add_shape
from tests.survival.changes.kinds import CHANGING, LATE, QUIET, SILENT, A, E, Kind, T, row_of
from tests.survival.edit import OFFICE, Edit, Sheet, element

X14 = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
XDR = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
PNG = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mP8z8BQz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC"
)
_BESIDE = 46


def drawing(edit: Edit, sheet: Sheet) -> str:
    """The drawing part of a sheet, made where there is none."""
    parts = edit.targets(sheet.part, "drawing")
    if parts:
        return parts[0]
    part = edit.add(
        edit.free("xl/drawings/drawing{}.xml"),
        f'<xdr:wsDr xmlns:xdr="{XDR}" xmlns:a="{DRAWING}"/>',
        "application/vnd.openxmlformats-officedocument.drawing+xml",
    )
    sheet.place(element(f'<drawing r:id="{sheet.relate("drawing", part)}"/>'))
    return part


def anchor(row: int, column: int, xml: str, *, rows: int = 0, kind: str = "") -> Any:
    """A two-cell anchor whose top is in `row`; `rows` is how many rows further it ends."""
    return element(
        f'<xdr:twoCellAnchor xmlns:a="{DRAWING}" xmlns:a14="http://schemas.microsoft.com/office/drawing/2010/main"{kind}>'
        f"<xdr:from><xdr:col>{column - 1}</xdr:col><xdr:colOff>9525</xdr:colOff><xdr:row>{row - 1}</xdr:row>"
        f"<xdr:rowOff>9525</xdr:rowOff></xdr:from><xdr:to><xdr:col>{column + 1}</xdr:col><xdr:colOff>0</xdr:colOff>"
        f"<xdr:row>{row - 1 + rows}</xdr:row><xdr:rowOff>152400</xdr:rowOff></xdr:to>{xml}<xdr:clientData/>"
        "</xdr:twoCellAnchor>"
    )


def add_anchor(edit: Edit, name: str, made: Any) -> str:
    part = drawing(edit, edit.sheet(name))
    edit.tree(part).append(made)
    return part


def anchors(book: Book, name: str) -> dict[str, tuple[str, str, str]]:
    """Name of a shape, picture or chart → the rows it begins and ends in, and its moving with cells."""
    sheet = book.sheet(name)
    found = {}
    for _, tree in sheet.related("drawing"):
        for made in tree.iter(f"{{{XDR}}}twoCellAnchor", f"{{{XDR}}}oneCellAnchor"):
            names = [el.get("name") for el in made.iter(f"{{{XDR}}}cNvPr")]
            # what does not move with cells stays where it is
            still = made.get("editAs") == "absolute"
            numbers = [int(el.text) + 1 for el in made.iter(f"{{{XDR}}}row")]
            ends = [f"row {number}" if still else sheet.row_name(number) for number in numbers]
            found[names[0] if names else ""] = (ends[0], ends[-1], made.get("editAs", ""))
    return found


# --- charts -------------------------------------------------------------------------------------------
def chart_xml(name: str, categories: str, values: str) -> str:
    return (
        f'<c:chartSpace xmlns:c="{CHART}" xmlns:a="{DRAWING}" xmlns:r="{OFFICE}"><c:lang val="zh-CN"/><c:chart>'
        '<c:autoTitleDeleted val="1"/><c:plotArea><c:layout/><c:barChart><c:barDir val="bar"/>'
        '<c:grouping val="clustered"/><c:ser><c:idx val="0"/><c:order val="0"/>'
        f"<c:tx><c:strRef><c:f>{name}</c:f></c:strRef></c:tx><c:cat><c:strRef><c:f>{categories}</c:f></c:strRef></c:cat>"
        f"<c:val><c:numRef><c:f>{values}</c:f></c:numRef></c:val></c:ser>"
        '<c:gapWidth val="77"/><c:axId val="111"/><c:axId val="222"/></c:barChart>'
        '<c:catAx><c:axId val="111"/><c:scaling><c:orientation val="minMax"/></c:scaling><c:delete val="0"/>'
        '<c:axPos val="l"/><c:crossAx val="222"/></c:catAx><c:valAx><c:axId val="222"/><c:scaling>'
        '<c:orientation val="minMax"/></c:scaling><c:delete val="0"/><c:axPos val="b"/><c:crossAx val="111"/></c:valAx>'
        '</c:plotArea><c:plotVisOnly val="1"/></c:chart></c:chartSpace>'
    )


def add_chart(edit: Edit, sheet: str, label: str, row: int, column: int, xml: str) -> None:
    part = drawing(edit, edit.sheet(sheet))
    chart = edit.add(
        edit.free("xl/charts/chart{}.xml"),
        xml,
        "application/vnd.openxmlformats-officedocument.drawingml.chart+xml",
    )
    frame = (
        f'<xdr:graphicFrame macro=""><xdr:nvGraphicFramePr><xdr:cNvPr id="{len(edit.tree(part)) + 20}" name="{label}"/>'
        '<xdr:cNvGraphicFramePr/></xdr:nvGraphicFramePr><xdr:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/></xdr:xfrm>'
        f'<a:graphic><a:graphicData uri="{CHART}"><c:chart xmlns:c="{CHART}" r:id="{edit.relate(part, "chart", chart)}"/>'
        "</a:graphicData></a:graphic></xdr:graphicFrame>"
    )
    edit.tree(part).append(anchor(row, column, frame, rows=12))


def references(book: Book, sheet: str) -> dict[str, list[str]]:
    """What the charts of a sheet show."""
    found = {}
    for part, _ in book.sheet(sheet).related("drawing"):
        for chart in book.targets(part, "chart"):
            texts = [
                book.told((el.text or "").replace("'", "")) for el in book.tree(chart).iter(f"{{{CHART}}}f")
            ]
            if any("填报明细" in text or "任务台账" in text for text in texts):
                found[f"{sheet} {len(found)}"] = texts
    return found


class ChartElsewhere(Kind):
    """A chart on a sheet of the clerk's over all rows of ours, one over two of them."""

    _sheet = "进度图"

    def _areas(self, book: Book) -> list[tuple[str, str, str]]:
        last, row = book.sheet(E).last, row_of(book, CHANGING)
        return [
            (f"{E}!$M$1", f"{E}!$C$2:$C${last}", f"{E}!$M$2:$M${last}"),
            (f"{E}!$C${row}", f"{E}!$L$1:$M$1", f"{E}!$L${row}:$M${row}"),
        ]

    def package(self, edit: Edit) -> None:
        areas = self._areas(edit.book)
        edit.new_sheet(self._sheet)
        for number, refs in enumerate(areas):
            add_chart(edit, self._sheet, f"图{number}", 2 + 15 * number, 2, chart_xml(*refs))

    def openpyxl(self, book: Workbook, read: Book) -> None:
        sheet = book.create_sheet(self._sheet)
        chart = BarChart()
        last = read.sheet(E).last
        chart.add_data(Reference(book[E], min_col=13, min_row=1, max_row=last), titles_from_data=True)
        chart.set_categories(Reference(book[E], min_col=3, min_row=2, max_row=last))
        sheet.add_chart(chart, "B2")

    def uno(self, read: Book) -> list[list[Any]]:
        last = read.sheet(E).last
        return [["sheet", self._sheet], ["chart", self._sheet, E, f"M1:M{last}"]]

    def seen(self, book: Book) -> Any:
        return references(book, self._sheet)


class ChartOnOurSheet(Kind):
    """A chart beside 任务台账."""

    def package(self, edit: Edit) -> None:
        last = edit.book.sheet(T).last
        refs = f"{T}!$M$1", f"{T}!$C$2:$C${last}", f"{T}!$M$2:$M${last}"
        add_chart(edit, T, "科室图", 3, 24, chart_xml(*refs))

    def openpyxl(self, book: Workbook, read: Book) -> None:
        chart = BarChart()
        chart.add_data(
            Reference(book[T], min_col=13, min_row=1, max_row=read.sheet(T).last), titles_from_data=True
        )
        book[T].add_chart(chart, "X3")

    def seen(self, book: Book) -> Any:
        return references(book, T), len(anchors(book, T))


# --- pictures and shapes ------------------------------------------------------------------------------
class Picture(Kind):
    """A photo in the row of a unit."""

    def package(self, edit: Edit) -> None:
        media = edit.add(edit.free("xl/media/image{}.png"), PNG, "image/png", default=True)
        part = drawing(edit, edit.sheet(E))
        xml = (
            '<xdr:pic><xdr:nvPicPr><xdr:cNvPr id="31" name="照片"/><xdr:cNvPicPr/></xdr:nvPicPr><xdr:blipFill>'
            f'<a:blip r:embed="{edit.relate(part, "image", media)}"/><a:stretch><a:fillRect/></a:stretch></xdr:blipFill>'
            '<xdr:spPr><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></xdr:spPr></xdr:pic>'
        )
        edit.tree(part).append(anchor(row_of(edit.book, LATE), _BESIDE, xml, kind=' editAs="oneCell"'))

    def uno(self, read: Book) -> list[list[Any]]:
        return [["shape", E, row_of(read, LATE), _BESIDE, "科室框"]]

    def seen(self, book: Book) -> Any:
        images = [
            book.parts[i] for part, _ in book.sheet(E).related("drawing") for i in book.targets(part, "image")
        ]
        return {**anchors(book, E), "images": images}


class HeaderPicture(Kind):
    """The bureau's badge in the page header of 任务台账."""

    def package(self, edit: Edit) -> None:
        sheet = edit.sheet(T)
        part = edit.add(
            "xl/drawings/vmlDrawingHF1.vml",
            '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
            'xmlns:x="urn:schemas-microsoft-com:office:excel"><v:shape id="LH" o:spid="_x0000_s99001" type="#_x0000_t75" '
            'style="width:30pt;height:30pt"><v:imagedata o:relid="rId1" o:title="局徽"/></v:shape></xml>',
            "application/vnd.openxmlformats-officedocument.vmlDrawing",
            default=True,
        )
        media = edit.add("xl/media/badge.png", PNG + b"", "image/png", default=True)
        edit.relate(part, "image", media)
        sheet.place(element(f'<legacyDrawingHF r:id="{sheet.relate("vmlDrawing", part)}"/>'))
        header = sheet.tree.find(f"{MAIN}headerFooter/{MAIN}oddHeader")
        header.text = "&L&G" + (header.text or "")

    def seen(self, book: Book) -> Any:
        sheet = book.sheet(T)
        from tests.survival.book import REL

        part = book.rels(sheet.part)[sheet.one("legacyDrawingHF").get(f"{REL}id")][1]
        return book.parts[part], book.parts["xl/media/badge.png"], (sheet.one("oddHeader").text or "")[:4]


class TextBox(Kind):
    """A text box that shows a cell of ours, and one with a link."""

    def package(self, edit: Edit) -> None:
        row = row_of(edit.book, QUIET)
        part = drawing(edit, edit.sheet(A))
        r_id = edit.relate(part, "hyperlink", "https://edu.example/notice", external=True)
        for number, (label, link, click) in enumerate(
            (
                ("说明框", f' textlink="{E}!$O${row}"', ""),
                ("通知框", "", f'<a:hlinkClick r:id="{r_id}"/>'),
            ),
            41,
        ):
            xml = (
                f'<xdr:sp macro=""{link}><xdr:nvSpPr><xdr:cNvPr id="{number}" name="{label}" descr="替代文字">{click}</xdr:cNvPr>'
                '<xdr:cNvSpPr txBox="1"/></xdr:nvSpPr><xdr:spPr><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></xdr:spPr>'
                "<xdr:txBody><a:bodyPr/><a:lstStyle/><a:p><a:r><a:t>请督办</a:t></a:r></a:p></xdr:txBody></xdr:sp>"
            )
            at = row_of(edit.book, (L.F_MISSING, "S008", ""), A)
            edit.tree(part).append(anchor(at, 16 + 4 * (number - 41), xml))

    def seen(self, book: Book) -> Any:
        boxes = [el for _, tree in book.sheet(A).related("drawing") for el in tree.iter(f"{{{XDR}}}sp")]
        return (
            [(book.told(el.get("textlink", "")), el.find(f".//{{{XDR}}}cNvPr").get("descr")) for el in boxes],
            anchors(book, A),
            [rel for part, _ in book.sheet(A).related("drawing") for rel in book.rels(part).values()],
        )


class Buttons(Kind):
    """Form buttons with macros, on 首页 and in a row of 填报明细, with Excel 2010's control properties."""

    def package(self, edit: Edit) -> None:
        for number, (name, row, column) in enumerate(((L.HOME, 4, 4), (E, row_of(edit.book, SILENT), 48)), 1):
            self._button(edit, name, row, column, number)

    @staticmethod
    def _button(edit: Edit, name: str, row: int, column: int, number: int) -> None:
        sheet = edit.sheet(name)
        block = int(sheet.part.rsplit("sheet", 1)[1].split(".")[0]) * 1024
        place = f"{column - 1}, 0, {row - 1}, 0, {column}, 60, {row - 1}, 18"
        add_shape(
            edit,
            name,
            f'<v:shape id="_x0000_s{{base}}{90 + number}" o:spid="_x0000_s{block + 90 + number}" type="#_x0000_t201" '
            'style="position:absolute;width:90pt;height:15pt" o:button="t" fillcolor="buttonFace [67]" o:insetmode="auto">'
            '<v:textbox><div style="text-align:center"><font face="宋体" size="220" color="#000000">汇总</font></div></v:textbox>'
            '<x:ClientData ObjectType="Button"><x:Anchor>'
            + place
            + "</x:Anchor><x:PrintObject>False</x:PrintObject>"
            "<x:AutoFill>False</x:AutoFill><x:FmlaMacro>[0]!Merge</x:FmlaMacro><x:TextHAlign>Center</x:TextHAlign>"
            "<x:TextVAlign>Center</x:TextVAlign></x:ClientData></v:shape>",
        )
        part = edit.add(
            edit.free("xl/ctrlProps/ctrlProp{}.xml"),
            f'<formControlPr xmlns="{X14}" objectType="Button" lockText="1"/>',
            "application/vnd.ms-excel.controlproperties+xml",
        )
        r_id = sheet.relate("ctrlProp", part)
        end = f"<xdr:col>{column}</xdr:col><xdr:colOff>600000</xdr:colOff><xdr:row>{row - 1}</xdr:row>"
        end += "<xdr:rowOff>180000</xdr:rowOff>"
        control = element(
            f'<mc:AlternateContent><mc:Choice xmlns:x14="{X14}" Requires="x14"><controls><mc:AlternateContent>'
            '<mc:Choice Requires="x14">'
            f'<control shapeId="{block + 90 + number}" r:id="{r_id}" name="Button {number}"><controlPr defaultSize="0" '
            'print="0" autoFill="0" autoPict="0" macro="[0]!Merge"><anchor moveWithCells="1" sizeWithCells="1">'
            f"<from><xdr:col>{column - 1}</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>{row - 1}</xdr:row>"
            f"<xdr:rowOff>0</xdr:rowOff></from><to>{end}</to></anchor></controlPr></control></mc:Choice></mc:AlternateContent>"
            "</controls></mc:Choice></mc:AlternateContent>"
        )
        tables = sheet.tree.find(f"{MAIN}tableParts")
        last = sheet.tree.find(f"{MAIN}extLst")
        later = tables if tables is not None else last
        later.addprevious(control) if later is not None else sheet.tree.append(control)

    def seen(self, book: Book) -> Any:
        found: dict[object, Any] = {}
        excel = "{urn:schemas-microsoft-com:office:excel}"
        for name in (L.HOME, E):
            sheet = book.sheet(name)
            for part in book.targets(sheet.part, "vmlDrawing"):
                for data in book.tree(part).iter(f"{excel}ClientData"):
                    if data.get("ObjectType") == "Button":
                        top = int(data.findtext(f"{excel}Anchor").split(",")[2]) + 1
                        found[name, "shape"] = data.findtext(f"{excel}FmlaMacro"), sheet.row_name(top)
            for control in sheet.all("control"):
                rows = [sheet.row_name(int(el.text) + 1) for el in control.iter(f"{{{XDR}}}row")]
                found[name, "control"] = (
                    control.get("name"),
                    rows,
                    control.find(f"{MAIN}controlPr").get("macro"),
                )
            found[name, "properties"] = [book.parts[part] for part in book.targets(sheet.part, "ctrlProp")]
        return found


# --- pivot tables and slicers -------------------------------------------------------------------------
class PivotTable(Kind):
    """A pivot table of the clerk's over all of 填报明细, by its cells."""

    _sheet = "透视"

    def package(self, edit: Edit) -> None:
        last = edit.book.sheet(E).last
        titles = [title for title in L.ENTRY_COLUMNS]
        types = "application/vnd.openxmlformats-officedocument.spreadsheetml"
        fields = "".join(
            f'<cacheField name="{title}" numFmtId="0"><sharedItems/></cacheField>' for title in titles
        )
        fields = fields.replace(
            f'name="{L.UNIT_NAME}" numFmtId="0"><sharedItems/>',
            f'name="{L.UNIT_NAME}" numFmtId="0"><sharedItems count="2"><s v="党办"/><s v="教研室"/></sharedItems>',
        )
        at = titles.index(L.UNIT_NAME)
        cache = edit.add(
            "xl/pivotCache/pivotCacheDefinition1.xml",
            f'<pivotCacheDefinition xmlns="{MAIN[1:-1]}" xmlns:r="{OFFICE}" r:id="rId1" refreshedBy="科室" '
            'refreshedDate="44700" createdVersion="6" refreshedVersion="6" minRefreshableVersion="3" recordCount="2">'
            f'<cacheSource type="worksheet"><worksheetSource ref="A1:AA{last}" sheet="{E}"/></cacheSource>'
            f'<cacheFields count="{len(titles)}">{fields}</cacheFields></pivotCacheDefinition>',
            f"{types}.pivotCacheDefinition+xml",
        )
        rows = "".join(
            "<r>" + "".join(f'<x v="{n}"/>' if i == at else "<m/>" for i in range(len(titles))) + "</r>"
            for n in (0, 1)
        )
        records = edit.add(
            "xl/pivotCache/pivotCacheRecords1.xml",
            f'<pivotCacheRecords xmlns="{MAIN[1:-1]}" count="2">{rows}</pivotCacheRecords>',
            f"{types}.pivotCacheRecords+xml",
        )
        edit.relate(cache, "pivotCacheRecords", records)
        r_id = edit.relate("xl/workbook.xml", "pivotCacheDefinition", cache)
        edit.in_workbook(element("<pivotCaches/>")).append(
            element(f'<pivotCache cacheId="71" r:id="{r_id}"/>')
        )
        sheet = edit.new_sheet(self._sheet)
        for row, text in enumerate(("单位", "党办", "教研室", "总计"), 3):
            sheet.put(row, 1, text)
        pivot_fields = "".join(
            '<pivotField axis="axisRow" showAll="0"><items count="3"><item x="0"/><item x="1"/><item t="default"/></items>'
            "</pivotField>"
            if i == at
            else '<pivotField showAll="0"/>'
            for i in range(len(titles))
        )
        part = edit.add(
            "xl/pivotTables/pivotTable1.xml",
            f'<pivotTableDefinition xmlns="{MAIN[1:-1]}" name="数据透视表1" cacheId="71" dataCaption="值" '
            'updatedVersion="6" minRefreshableVersion="3" createdVersion="6" useAutoFormatting="1">'
            '<location ref="A3:A6" firstHeaderRow="1" firstDataRow="1" firstDataCol="1"/>'
            f'<pivotFields count="{len(titles)}">{pivot_fields}</pivotFields><rowFields count="1"><field x="{at}"/></rowFields>'
            '<rowItems count="3"><i><x/></i><i><x v="1"/></i><i t="grand"><x/></i></rowItems>'
            '<pivotTableStyleInfo name="PivotStyleLight16" showRowHeaders="1" showColHeaders="1"/></pivotTableDefinition>',
            f"{types}.pivotTable+xml",
        )
        edit.relate(part, "pivotCacheDefinition", cache)
        sheet.relate("pivotTable", part)

    def seen(self, book: Book) -> Any:
        cache = book.tree("xl/pivotCache/pivotCacheDefinition1.xml")
        source = next(cache.iter(f"{MAIN}worksheetSource"))
        ref = f"{source.get('sheet')}!{source.get('ref')}"
        return (
            book.told(ref),
            len(book.workbook.findall(f"{MAIN}pivotCaches/{MAIN}pivotCache")),
            book.parts["xl/pivotTables/pivotTable1.xml"],
            book.targets(book.sheet(self._sheet).part, "pivotTable"),
        )

    def also(self, before: Book, after: Book) -> None:
        cache = after.tree("xl/pivotCache/pivotCacheDefinition1.xml")
        assert cache.get("refreshOnLoad") == "1", "its figures are old"


class Slicer(Kind):
    """A slicer on our table."""

    def package(self, edit: Edit) -> None:
        sheet = edit.sheet(E)
        table = sheet.table
        column = L.ENTRY_COLUMNS.index(L.STATUS) + 1
        main14 = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
        main15 = "http://schemas.microsoft.com/office/spreadsheetml/2010/11/main"
        cache = edit.add(
            "xl/slicerCaches/slicerCache1.xml",
            f'<slicerCacheDefinition xmlns="{main14}" name="切片器_完成状态" sourceName="{L.STATUS}"><extLst>'
            f'<x:ext xmlns:x="{MAIN[1:-1]}" uri="{{2F2917AC-EB37-4324-AD4E-5DD8C200BD13}}" xmlns:x15="{main15}">'
            f'<x15:tableSlicerCache tableId="{table.get("id")}" column="{column}"/></x:ext></extLst></slicerCacheDefinition>',
            "application/vnd.ms-excel.slicerCache+xml",
        )
        kinds = "http://schemas.microsoft.com/office/2007/relationships"
        r_id = edit.relate("xl/workbook.xml", f"{kinds}/slicerCache", cache)
        edit.define("切片器_完成状态", "#N/A")
        edit.in_workbook(element("<extLst/>")).append(
            element(
                '<ext uri="{46BE6895-7355-4a93-B00E-2C351335B9C9}"><x15:slicerCaches>'
                f'<x14:slicerCache r:id="{r_id}"/></x15:slicerCaches></ext>'
            )
        )
        part = edit.add(
            "xl/slicers/slicer1.xml",
            f'<slicers xmlns="{main14}"><slicer name="完成状态" cache="切片器_完成状态" caption="{L.STATUS}" '
            'rowHeight="241300"/></slicers>',
            "application/vnd.ms-excel.slicer+xml",
        )
        own = sheet.relate(f"{kinds}/slicer", part)
        sheet.extension(
            "{3A4CF648-6AED-40f4-86FF-DC5316D8AED3}",
            f'<x14:slicerList><x14:slicer r:id="{own}"/></x14:slicerList>',
        )
        frame = (
            '<mc:AlternateContent><mc:Choice xmlns:sle15="http://schemas.microsoft.com/office/drawing/2012/slicer" '
            'Requires="sle15"><xdr:graphicFrame macro=""><xdr:nvGraphicFramePr><xdr:cNvPr id="51" name="完成状态"/>'
            '<xdr:cNvGraphicFramePr/></xdr:nvGraphicFramePr><xdr:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/></xdr:xfrm>'
            '<a:graphic><a:graphicData uri="http://schemas.microsoft.com/office/drawing/2010/slicer">'
            '<sle:slicer xmlns:sle="http://schemas.microsoft.com/office/drawing/2010/slicer" name="完成状态"/>'
            '</a:graphicData></a:graphic></xdr:graphicFrame></mc:Choice><mc:Fallback><xdr:sp macro="" textlink="">'
            '<xdr:nvSpPr><xdr:cNvPr id="0" name=""/><xdr:cNvSpPr/></xdr:nvSpPr><xdr:spPr><a:prstGeom prst="rect"><a:avLst/>'
            "</a:prstGeom></xdr:spPr></xdr:sp></mc:Fallback></mc:AlternateContent>"
        )
        add_anchor(edit, E, anchor(3, 52, frame, rows=9, kind=' editAs="absolute"'))

    def seen(self, book: Book) -> Any:
        sheet = book.sheet(E)
        column = next(book.tree("xl/slicerCaches/slicerCache1.xml").iter("{*}tableSlicerCache"))
        columns = {el.get("id"): el.get("name") for el in sheet.table.iter(f"{MAIN}tableColumn")}
        return (
            book.parts["xl/slicerCaches/slicerCache1.xml"],
            book.parts["xl/slicers/slicer1.xml"],
            sheet.table.get("id") == column.get("tableId"),
            columns[column.get("column")],
            len(sheet.all("slicer")),
            "完成状态" in anchors(book, E),
        )


class OwnTables(Kind):
    """Tables of the clerk's own, one right of 填报明细 and one below 任务台账, which grows by a task."""

    _titles = ("姓名", "分工")

    def _corner(self, book: Book, name: str) -> tuple[int, int]:
        return (3, 60) if name == E else (book.sheet(T).last + 3, 2)

    def package(self, edit: Edit) -> None:
        for number, name in enumerate((E, T), 91):
            row, column = self._corner(edit.book, name)
            sheet = edit.sheet(name)
            for line, words in enumerate((self._titles, ("王科长", "初中"), ("李干事", "小学"))):
                for at, word in enumerate(words):
                    sheet.put(row + line, column + at, word)
            ref = f"{get_column_letter(column)}{row}:{get_column_letter(column + 1)}{row + 2}"
            columns = "".join(
                f'<tableColumn id="{i}" name="{title}"/>' for i, title in enumerate(self._titles, 1)
            )
            part = edit.add(
                edit.free("xl/tables/table{}.xml"),
                f'<table xmlns="{MAIN[1:-1]}" id="{number}" name="分工{number}" displayName="分工{number}" ref="{ref}">'
                f'<autoFilter ref="{ref}"/><tableColumns count="2">{columns}</tableColumns></table>',
                "application/vnd.openxmlformats-officedocument.spreadsheetml.table+xml",
            )
            listed = sheet.place(element("<tableParts/>"))
            listed.append(element(f'<tablePart r:id="{sheet.relate("table", part)}"/>'))
            listed.set("count", str(len(listed)))

    def seen(self, book: Book) -> Any:
        found = {}
        for name in (E, T):
            sheet = book.sheet(name)
            for table in sheet.tables:
                if table.get("displayName").startswith("分工"):
                    top, left, bottom, right = area(table.get("ref"))
                    cells = [
                        sheet.value(r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)
                    ]
                    found[name] = (top - sheet.last if name == T else top, left, cells)
        return found
