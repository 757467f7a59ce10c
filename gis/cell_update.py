"""The cells of a partition after one layer was edited: those that the edit concerns are cut anew and made to fit in with the others."""

from dataclasses import replace

from gis.cell_cutting import ChangedBoundaries, EditedPolygons, cut_cells
from gis.cell_fitting import NewCells, fit_cells, is_fitting
from gis.cell_index import CellIndex
from gis.partition_model import Partition
from gis.piece_register import PieceRegister
from gis.threads import ThreadTeam

__all__ = ["remake_cells"]


def remake_cells(
    partition: Partition, edit: EditedPolygons, index: CellIndex, register: PieceRegister, team: ThreadTeam
) -> NewCells:
    """Make the cells anew that an edit concerns.

    Parameters
    ----------
    partition : Partition
        Before the edit.
    edit : EditedPolygons
    index : CellIndex
        Of the cells of the partition.
    register : PieceRegister
        Of the edited layer. Pieces that are new are entered.
    team : ThreadTeam
    """
    change = ChangedBoundaries.of(edit)
    fresh = fit_cells(partition, cut_cells(partition, edit, change, index, register, team), index, team)
    return replace(fresh, fit=is_fitting(partition, fresh, index))
