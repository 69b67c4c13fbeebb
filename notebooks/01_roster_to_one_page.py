# %% [markdown] lang="zh"
# # 从一张花名册到一页纸
#
# 情景推演，不是预测。

# %% [markdown] lang="en"
# # From a roster to one page
#
# Scenario exploration, not a forecast.

# %% tags=["language", "hide-code"]
lang = "en"

# %%
import edusim
from edusim import notebook

comparison = edusim.compare(edusim.load("small"), policies=["fusion"], draws=2)

# %% tags=["figure"]
notebook.show(comparison.plot("trajectories", lang=lang))
