"""Contract checks for parts that others write: run them over yours in a test.

Examples
--------
>>> from seral_core.checks import check_strategy
>>> from seral_core.strategies import strategies
>>> check_strategy(strategies["margin"])
"""

from seral_core.confidence.contract import check_measure
from seral_core.corpora.contract import check_reader
from seral_core.learners.contract import check_learner
from seral_core.oracles.contract import check_oracle
from seral_core.runs.judge_contract import check_judge
from seral_core.strategies.contract import check_strategy

__all__ = ["check_judge", "check_learner", "check_measure", "check_oracle", "check_reader", "check_strategy"]
