import subprocess
import sys


def test_figures_need_neither_torch_nor_streamlit():
    modules = "contour, curves, density, distance, fit, heights, places, reach, relief, spectrum, style"
    code = f"from figures import {modules}; import sys; print(sorted({{'torch', 'streamlit', 'landscape', 'ui'}} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_pandas_is_there_before_the_first_figure():
    """Plotly takes it from the loaded modules, even half imported by the thread of a job that reads data."""
    code = "from figures import style; import sys; print('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "True"
