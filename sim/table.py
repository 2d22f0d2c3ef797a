"""How does compiled code take a group of columns? As one address.

Numba hands over a named tuple of arrays field by field: a World is a thousand words, so that calls
cost more than what they do and compiling takes minutes. A `Table` writes where its arrays lie, and
its numbers, into one block of words; compiled code gets the address of the block and reads
`table.column[row]` as it would of the tuple. A table keeps its arrays alive and follows no change
of which array a name stands for. Rows are counted from the first, so compiled code need not ask at
every access whether an index counts from the end. `fetch` asks for a row before it is needed:
millions of residents and records lie far from the processor.
"""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

import numba
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.cgutils import get_or_insert_function
from numba.core.imputils import impl_ret_borrowed
from numba.core.types.containers import BaseTuple
from numba.core.typing.arraydecl import GetItemBuffer, SetItemBuffer
from numba.core.typing.templates import (
    AbstractTemplate,
    AttributeTemplate,
    infer_global,
    signature,
)
from numba.extending import (
    NativeValue,
    infer_getattr,
    intrinsic,
    lower_getattr_generic,
    models,
    register_model,
    typeof_impl,
    unbox,
)
from numba.np.arrayobj import make_array, populate_array

from sim.arithmetic import inlined

WORD = ir.IntType(64)
WORD_BYTES = 8
NAME_LETTERS = 10
DATA = 1  # words of an array before its shape
LINE_BYTES = 64  # of memory, which a processor fetches together
EIGHT = 8  # lanes that a processor may take at once
LINE = 16  # words that keep two workers' arrays on different lines of memory


class Table:
    """Columns, numbers and other tables by name, for compiled code; `table.name` in Python too.

    from_end: whether compiled code may count rows from the end, as -1.
    """

    __slots__ = ("__dict__", "address", "table_type", "words")

    def __init__(self, name: str, fields: Mapping[str, Any], from_end: bool = False) -> None:
        if taken := set(self.__slots__) & set(fields):
            raise ValueError(f"a table keeps these names for itself: {', '.join(sorted(taken))}")
        self.__dict__.update({key: _held(value) for key, value in fields.items()})
        words = [word for value in self.__dict__.values() for word in _words(value)]
        self.words = np.array(words, dtype=np.int64)
        self.address = int(self.words.ctypes.data)
        kinds = tuple((key, numba.typeof(value)) for key, value in self.__dict__.items())
        self.table_type = type_with(name, kinds, from_end)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def __reduce__(self) -> Any:
        return Table, (self.table_type.table, dict(self.__dict__), self.table_type.from_end)


def apart(rows: int, *columns: int, kind: Any = np.int64) -> np.ndarray:
    """An array of zeros that shares no line of memory with another worker's."""
    return np.zeros((rows + 2 * LINE, *columns), kind)[LINE : LINE + rows]


@inlined
def whole_eights(number: int) -> int:
    """The next multiple of eight."""
    return -(-number // EIGHT) * EIGHT


def on_lines(rows: int, kind: Any) -> np.ndarray:
    """An array of zeros whose first row begins a line of memory."""
    bytes_of = np.zeros(rows * np.dtype(kind).itemsize + LINE_BYTES, np.uint8)
    first = -bytes_of.ctypes.data % LINE_BYTES
    return bytes_of[first : len(bytes_of) - LINE_BYTES + first].view(kind)


def _held(value: Any) -> Any:
    """What a table holds of a value: a contiguous array, a plain number, a table."""
    if isinstance(value, np.ndarray):
        return value if value.flags.c_contiguous else np.ascontiguousarray(value)
    if isinstance(value, np.generic):
        value = value.item()
    return int(value) if isinstance(value, bool) else value


def _words(value: Any) -> list[int]:
    """The words that stand for a value in the block."""
    if isinstance(value, np.ndarray):
        return [value.ctypes.data, *value.shape]
    if isinstance(value, Table):
        return [value.address]
    if isinstance(value, float):
        return [int(np.float64(value).view(np.int64))]
    return [int(value)]


class Column(types.Array):
    """Type of an array of a table, whose rows compiled code counts from the first only."""

    def __init__(self, array: types.Array) -> None:
        writes = "" if array.mutable else "readonly "
        name = f"{writes}column({array.dtype}, {array.ndim}d, {array.layout})"
        super().__init__(array.dtype, array.ndim, array.layout, not array.mutable, name,
                         array.aligned)  # fmt: skip

    def copy(self, *how: Any, **changed: Any) -> Any:
        """The type of a part of it."""
        return Column(super().copy(*how, **changed))


register_model(Column)(models.ArrayModel)


def columns(kinds: Mapping[str, types.Type]) -> dict[str, types.Type]:
    """Types of fields, with columns in place of arrays."""
    return {k: Column(v) if isinstance(v, types.Array) else v for k, v in kinds.items()}


class TableType(types.Type):
    """Type of a table: its name, and the type and place of each field."""

    def __init__(self, table: str, fields: Mapping[str, types.Type], from_end: bool) -> None:
        self.table, self.from_end, self.places = table, from_end, {}
        self.fields = dict(fields) if from_end else columns(fields)
        place = 0
        for name, kind in self.fields.items():
            self.places[name] = place
            place += DATA + kind.ndim if isinstance(kind, types.Array) else 1
        digest = hashlib.sha256(f"{from_end} {self.fields}".encode()).hexdigest()[:NAME_LETTERS]
        super().__init__(name=f"{table}_{digest}")


@cache
def type_with(table: str, fields: tuple[tuple[str, types.Type], ...], from_end: bool) -> TableType:
    """The type of tables of a name with these fields, made once."""
    return TableType(table, dict(fields), from_end)


@typeof_impl.register(Table)
def _type_of(value: Table, _: Any) -> TableType:
    return value.table_type


@register_model(TableType)
class TableModel(models.PrimitiveModel):
    """In compiled code a table is the address of its block."""

    def __init__(self, manager: Any, kind: TableType) -> None:
        super().__init__(manager, kind, WORD)


@unbox(TableType)
def _unbox(_: TableType, value: Any, c: Any) -> NativeValue:
    address = c.pyapi.object_getattr_string(value, "address")
    native = c.pyapi.long_as_longlong(address)
    c.pyapi.decref(address)
    return NativeValue(native, is_error=c.pyapi.c_api_error())


class _Item(AbstractTemplate):
    """Taking or setting an item of a column, by an index without a sign."""

    metadata: ClassVar = {"target": "cpu"}  # comes before Numba's own for any target

    def generic(self, arguments: Any, words: Any) -> Any:
        """Signature, None where it is no column."""
        if not isinstance(arguments[0], Column):
            return None
        found = self.of_arrays(self.context).generic(arguments, words)
        if found is None:
            return None
        column, index, *value = found.args
        return signature(found.return_type, column, unsigned(index), *value)


def unsigned(index: types.Type) -> types.Type:
    """The type of an index, its whole numbers without a sign."""
    if isinstance(index, BaseTuple):
        return BaseTuple.from_types([unsigned(each) for each in index])
    return types.uintp if isinstance(index, types.Integer) else index


@infer_global(operator.getitem)
class TakeItem(_Item):
    """The type of `table.column[index]`."""

    of_arrays = GetItemBuffer


@infer_global(operator.setitem)
class SetItem(_Item):
    """Setting `table.column[index]`."""

    of_arrays = SetItemBuffer


@infer_getattr
class TableAttribute(AttributeTemplate):
    """The type of `table.name`."""

    key = TableType

    def generic_resolve(self, table: TableType, name: str) -> types.Type | None:
        """Type of a field, None where there is no such field."""
        return table.fields.get(name)


@lower_getattr_generic(TableType)
def _read(context: Any, builder: Any, table: TableType, address: Any, name: str) -> Any:
    """Code that reads a field from the block."""

    def word(place: int) -> Any:
        at = builder.add(address, WORD(WORD_BYTES * place))
        found = builder.load(builder.inttoptr(at, WORD.as_pointer()))
        found.set_metadata("invariant.load", builder.module.add_metadata([]))
        return found

    kind, first = table.fields[name], table.places[name]
    if isinstance(kind, types.Array):
        value = _array(context, builder, kind, [word(first + k) for k in range(DATA + kind.ndim)])
    elif isinstance(kind, types.Float):
        value = builder.bitcast(word(first), ir.DoubleType())
    else:
        value = word(first)
    return impl_ret_borrowed(context, builder, kind, value)


def _array(context: Any, builder: Any, kind: types.Array, words: list[Any]) -> Any:
    """The array of a contiguous block of memory that Python keeps alive."""
    array = context.make_array(kind)(context, builder)
    size = context.get_abi_sizeof(context.get_data_type(kind.dtype))
    shape = words[DATA:]
    strides: list[Any] = []
    stride: Any = WORD(size)
    for extent in reversed(shape):
        strides.insert(0, stride)
        stride = builder.mul(stride, extent)
    data = builder.inttoptr(words[0], array.data.type)
    populate_array(array, data, shape, strides, WORD(size), None)
    return array._getvalue()


@intrinsic
def fetch(_context, array, row):
    """Ask the processor for a row of an array that will be needed soon; nothing else changes.

    Of an array of records every line of memory that the record lies in, else the first.
    """
    size = array.dtype.size if isinstance(array.dtype, types.Record) else 1

    def generate(context, builder, signature, arguments):
        held = make_array(signature.args[0])(context, builder, arguments[0])
        step = builder.extract_value(held.strides, 0)
        begin = builder.ptrtoint(held.data, WORD)
        begin = builder.add(begin, builder.mul(step, arguments[1]))
        flag = ir.IntType(32)
        hint = ir.FunctionType(ir.VoidType(), [ir.PointerType(), flag, flag, flag])
        function = get_or_insert_function(builder.module, hint, "llvm.prefetch.p0")
        for line in range(0, size, LINE_BYTES):
            place = builder.inttoptr(builder.add(begin, WORD(line)), ir.PointerType())
            builder.call(function, [place, flag(0), flag(3), flag(1)])
        return context.get_dummy_value()

    return types.none(array, types.int64), generate
