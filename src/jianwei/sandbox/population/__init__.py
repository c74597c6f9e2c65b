"""The one simulated shop of the demo, the tests and the benchmarks: people, words and deeds with planted truth."""

from jianwei.sandbox.population.files import BROKEN_ROWS, write_files
from jianwei.sandbox.population.pictures import BROKEN_PICTURES, write_pictures
from jianwei.sandbox.population.shop import (
    Campaign,
    Conversation,
    Customer,
    Event,
    Incident,
    Kind,
    Message,
    Mood,
    Order,
    OrderLine,
    Product,
    Review,
    Rule,
    Shop,
    Staff,
    Truth,
)
from jianwei.sandbox.population.simulate import simulate

__all__ = [
    "BROKEN_PICTURES",
    "BROKEN_ROWS",
    "Campaign",
    "Conversation",
    "Customer",
    "Event",
    "Incident",
    "Kind",
    "Message",
    "Mood",
    "Order",
    "OrderLine",
    "Product",
    "Review",
    "Rule",
    "Shop",
    "Staff",
    "Truth",
    "simulate",
    "write_files",
    "write_pictures",
]
