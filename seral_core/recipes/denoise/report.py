from typing import Any
def report_of(result: Any, paper: str) -> Any: raise NotImplementedError
