"""Legends: by which property a collection is drawn, in which colours, and what they mean."""

from fastapi import APIRouter

router = APIRouter(tags=["styles"])
